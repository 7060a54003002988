#include "net/proxy_protocol.hpp"

#include "base/characters.hpp"
#include "net/address_text.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/crc.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace tollgate::net {
namespace {

namespace ip = boost::asio::ip;
using namespace std::string_view_literals;

// Version 1: one line, section 2.1.
constexpr auto line_signature = "PROXY "sv;
constexpr std::size_t most_line_bytes = 107;

// Version 2, section 2.2: the signature, version and command, family and transport, how many bytes follow.
constexpr auto binary_signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t fixed_bytes = 16;
constexpr unsigned char local_command = 0x20;
constexpr unsigned char proxy_command = 0x21;

constexpr std::size_t tlv_head_bytes = 3;
constexpr char checksum_type = 0x03;
constexpr std::size_t checksum_bytes = 4;
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

unsigned char byte_of(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

std::size_t number_at(std::string_view text, std::size_t at) {
    return static_cast<std::size_t>(byte_of(text, at)) << 8 | byte_of(text, at + 1);
}

bool is_port(std::string_view text) {
    bool const is_number = !text.empty() && text.size() <= 5 && std::ranges::all_of(text, is_digit);
    if (!is_number || (text.size() > 1 && text.front() == '0')) return false;
    unsigned number = 0;
    for (char const digit : text) number = number * 10 + static_cast<unsigned>(digit - '0');
    return number <= 65535;
}

// Neither a zone nor a NUL, which a library would end at.
constexpr CharacterSet address_characters = characters_of("0123456789ABCDEFabcdef.:");

std::optional<ip::address> read_address(std::string_view text, bool v6) {
    if (!only(address_characters, text)) return std::nullopt;
    boost::system::error_code failed;
    auto const address = ip::make_address(std::string(text), failed);
    return !failed && address.is_v6() == v6 ? std::optional(address) : std::nullopt;
}

// What stands in front of the next space, which goes with it; nothing is left after the last.
std::string_view take_word(std::string_view& text) {
    auto const space = text.find(' ');
    auto const word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    return word;
}

// Source, destination and their ports: the source.
std::optional<ip::address> read_ends(std::string_view text, bool v6) {
    if (std::ranges::count(text, ' ') != 3) return std::nullopt;
    auto const source = read_address(take_word(text), v6);
    auto const destination = read_address(take_word(text), v6);
    bool const has_ports = is_port(take_word(text)) && is_port(text);
    return destination && has_ports ? source : std::nullopt;
}

// How many bytes the addresses of a family and transport take; nothing for what may not come.
std::optional<std::size_t> address_bytes(unsigned char family_and_transport) {
    switch (family_and_transport) {
        case 0x11: return 12;   // TCP over IPv4
        case 0x21: return 36;   // TCP over IPv6
        case 0x31: return 216;  // a stream of UNIX
        default: return std::nullopt;
    }
}

template <class Address>
ip::address address_at(std::string_view text) {
    typename Address::bytes_type bytes;
    std::copy_n(text.begin(), bytes.size(), bytes.begin());
    return Address(bytes);
}

// Section 2.2.3: over the whole header, with zeros in the place of the checksum at `at`.
bool is_checksum(std::string_view header, std::size_t at) {
    static constexpr std::array<char, checksum_bytes> zeros{};
    Crc32c sum;
    sum.process_bytes(header.data(), at);
    sum.process_bytes(zeros.data(), zeros.size());
    sum.process_bytes(header.data() + at + checksum_bytes, header.size() - at - checksum_bytes);
    return sum.checksum() == (std::uint32_t{byte_of(header, at)} << 24 | std::uint32_t{byte_of(header, at + 1)} << 16 |
                              std::uint32_t{byte_of(header, at + 2)} << 8 | byte_of(header, at + 3));
}

// Whether the TLVs from `at` on fill the header exactly, and a checksum among them is right.
bool are_tlvs_good(std::string_view header, std::size_t at) {
    bool checked = false;
    while (at < header.size()) {
        if (header.size() - at < tlv_head_bytes) return false;
        auto const type = header[at];
        auto const size = number_at(header, at + 1);
        at += tlv_head_bytes;
        if (header.size() - at < size) return false;
        if (type == checksum_type) {
            if (std::exchange(checked, true) || size != checksum_bytes || !is_checksum(header, at)) return false;
        }
        at += size;
    }
    return true;
}

}  // namespace

std::string_view word_for(ProxyHeader result) noexcept {
    switch (result) {
        case ProxyHeader::client_named: return "client_named";
        case ProxyHeader::local: return "local";
        case ProxyHeader::none_named: return "none_named";
        case ProxyHeader::missing: return "missing";
        case ProxyHeader::malformed: return "malformed";
        case ProxyHeader::timed_out: return "timed_out";
        case ProxyHeader::peer_gone: return "peer_gone";
        case ProxyHeader::cancelled: return "cancelled";
    }
    return {};
}

std::size_t ProxyHeaderReader::read(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !result_) {
        text_ += bytes[taken++];
        result_ = look();
    }
    return taken;
}

// After each byte.
std::optional<ProxyHeader> ProxyHeaderReader::look() {
    switch (version_) {
        case Version::unknown: return look_at_signature();
        case Version::one:
            if (text_.ends_with('\n')) return read_line();
            return text_.size() == most_line_bytes ? std::optional(ProxyHeader::malformed) : std::nullopt;
        case Version::two:
            if (text_.size() < fixed_bytes) return std::nullopt;
            if (text_.size() == fixed_bytes) announced_bytes_ = fixed_bytes + number_at(text_, fixed_bytes - 2);
            if (announced_bytes_ > most_bytes) return ProxyHeader::malformed;
            return text_.size() == announced_bytes_ ? std::optional(read_binary()) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<ProxyHeader> ProxyHeaderReader::look_at_signature() {
    if (text_ == line_signature) version_ = Version::one;
    else if (text_ == binary_signature) version_ = Version::two;
    else if (!line_signature.starts_with(text_) && !binary_signature.starts_with(text_)) return ProxyHeader::missing;
    return std::nullopt;
}

ProxyHeader ProxyHeaderReader::read_line() {
    std::string_view line(text_);
    line.remove_prefix(line_signature.size());
    if (!line.ends_with("\r\n")) return ProxyHeader::malformed;
    line.remove_suffix(2);
    if (!std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) return ProxyHeader::malformed;
    auto const protocol = take_word(line);
    if (protocol == "UNKNOWN") return ProxyHeader::none_named;  // whatever follows
    bool const v6 = protocol == "TCP6";
    if (!v6 && protocol != "TCP4") return ProxyHeader::malformed;
    auto const source = read_ends(line, v6);
    if (!source) return ProxyHeader::malformed;
    client_ = text_of(*source);
    return ProxyHeader::client_named;
}

ProxyHeader ProxyHeaderReader::read_binary() {
    auto const command = byte_of(text_, 12);
    if (command == local_command) return ProxyHeader::local;
    if (command != proxy_command) return ProxyHeader::malformed;
    auto const family = byte_of(text_, 13);
    if (family == 0) return ProxyHeader::none_named;
    auto const size = address_bytes(family);
    if (!size || text_.size() < fixed_bytes + *size || !are_tlvs_good(text_, fixed_bytes + *size))
        return ProxyHeader::malformed;
    auto const source = std::string_view(text_).substr(fixed_bytes);
    if (family == 0x11) client_ = text_of(address_at<ip::address_v4>(source));
    else if (family == 0x21) client_ = text_of(address_at<ip::address_v6>(source));
    return client_.empty() ? ProxyHeader::none_named : ProxyHeader::client_named;
}

}  // namespace tollgate::net
