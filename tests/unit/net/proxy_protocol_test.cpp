#include "net/proxy_protocol.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::proxy_protocol_test {
using namespace std::string_literals;
using tollgate::net::ProxyHeader;
using tollgate::net::ProxyHeaderReader;

namespace {

struct Case {
    std::string header;
    std::string client;  // empty: the header names none
};

struct Outcome {
    std::optional<ProxyHeader> result;
    std::string client;
    std::size_t taken = 0;
    bool operator==(Outcome const&) const = default;
};

Outcome read(std::string_view text, std::size_t step) {
    ProxyHeaderReader reader;
    Outcome outcome;
    for (std::size_t at = 0; at < text.size() && !reader.result(); at += step) {
        auto const piece = text.substr(at, step);
        auto const taken = reader.read(piece);
        outcome.taken += taken;
        if (!reader.result()) REQUIRE(taken == piece.size());
    }
    outcome.result = reader.result();
    outcome.client = reader.client();
    return outcome;
}

// The word for what a header comes to, however it is cut.
std::string_view judged(std::string const& text) {
    auto const whole = read(text, text.size() + 1);
    CHECK(read(text, 1) == whole);
    CHECK(read(text, 7) == whole);
    return whole.result ? word_for(*whole.result) : "more";
}

std::string big_endian(std::size_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number)}; }

// A header of version 2: `first` is version and command, `second` family and transport.
std::string binary(char first, char second, std::string const& payload) {
    return "\r\n\r\n\0\r\nQUIT\n"s + first + second + big_endian(payload.size()) + payload;
}

std::string tlv(char type, std::string const& value) { return type + big_endian(value.size()) + value; }

std::string const v4 = "\x01\x02\x03\x04\x7f\0\0\x01\xc0\0\x01\xbb"s;
std::string const v6 = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s + std::string(15, '\0') + "\x01\xc0\0\x01\xbb"s;
std::string const mapped =
    std::string(10, '\0') + "\xff\xff\x01\x02\x03\x04"s + std::string(15, '\0') + "\x01\xc0\0\x01\xbb"s;

// Computed by another program over exactly these bytes.
std::string const checked = binary('\x21', '\x11', v4 + tlv('\x03', "\x6f\xbd\xcb\xcd"s));

}  // namespace

TEST_CASE("a header that is well-formed names a client, or none, and what follows it is left alone") {
    std::initializer_list<Case> const cases{
        {"PROXY TCP4 1.2.3.4 127.0.0.1 56324 443\r\n", "1.2.3.4"},
        {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"},
        {"PROXY TCP4 1.2.3.4 127.0.0.1 0 1\r\n", "1.2.3.4"},
        {"PROXY TCP6 2001:DB8:0:0::1 ::1 56324 443\r\n", "2001:db8::1"},
        {"PROXY TCP6 ::ffff:1.2.3.4 ::1 56324 443\r\n", "1.2.3.4"},
        {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"PROXY UNKNOWN\r\n", ""},
        {"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", ""},
        {"PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", ""},
        {binary('\x21', '\x11', v4), "1.2.3.4"},
        {binary('\x21', '\x21', v6), "2001:db8::1"},
        {binary('\x21', '\x21', mapped), "1.2.3.4"},
        {binary('\x21', '\x11', v4 + tlv('\x01', "h2") + tlv('\x04', "") + tlv('\xee', std::string(500, '\0'))),
         "1.2.3.4"},
        {binary('\x21', '\x11', v4 + tlv('\x04', std::string(4096 - 16 - 12 - 3, 'x'))), "1.2.3.4"},
        {checked, "1.2.3.4"},
        {binary('\x21', '\x31', std::string(216, '/')), ""},
        {binary('\x21', '\0', ""), ""},
        {binary('\x21', '\0', "whatever"), ""},
        {binary('\x20', '\0', ""), ""},
        {binary('\x20', '\x11', v4), ""},
        {binary('\x20', '\x7f', "x"), ""},
    };
    for (auto const& [header, client] : cases) {
        CAPTURE(header);
        bool const is_local = header.starts_with("\r\n") && header[12] == '\x20';
        CHECK(judged(header) == (is_local ? "local" : client.empty() ? "none_named" : "client_named"));
        for (auto const* const next : {"", "GET / HTTP/1.1\r\n", "\x16\x03\x01", "PROXY TCP4 "}) {
            auto const outcome = read(header + next, 4096 + 99);
            CHECK(outcome.taken == header.size());
            CHECK(outcome.client == client);
        }
        for (std::size_t size = 0; size < header.size(); size += size < 64 ? 1 : 97)
            CHECK_FALSE(read(header.substr(0, size), 1).result.has_value());
    }
}

TEST_CASE("what is no header is found missing at its first byte that cannot be one") {
    for (std::string const text : {"GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "PROXYTCP4 ",
                                   "proxy TCP4", "\x16\x03\x01\x02", " PROXY ", "\r\n\r\nGET", "\n"}) {
        CAPTURE(text);
        CHECK(judged(text) == "missing");
    }
    CHECK(read("POST / HTTP/1.1\r\n", 100).taken == 2);
    CHECK(judged("\r\n\r\n\0\r\nQUIT\r"s) == "missing");
}

TEST_CASE("a line that departs from the form in anything is malformed") {
    for (std::string const rest : {"TCP4 1.2.3.4 127.0.0.1 56324 443\n",
                                   "TCP4  1.2.3.4 127.0.0.1 56324 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 56324 443 \r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 56324 443 1\r\n",
                                   " TCP4 1.2.3.4 127.0.0.1 56324 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 56324\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 56324 \r\n",
                                   "TCP4\t1.2.3.4 127.0.0.1 56324 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 056324 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 00 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 65536 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 4294967296 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 -1 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 +1 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 0x1 443\r\n",
                                   "TCP4 1.2.3.4 127.0.0.1 1 x\r\n",
                                   "TCP4 1.2.3 127.0.0.1 1 2\r\n",
                                   "TCP4 01.2.3.4 127.0.0.1 1 2\r\n",
                                   "TCP4 1.2.3.256 127.0.0.1 1 2\r\n",
                                   "TCP4 1.2.3.4 localhost 1 2\r\n",
                                   "TCP4 ::1 ::1 1 2\r\n",
                                   "TCP4 1.2.3.4 ::1 1 2\r\n",
                                   "TCP6 1.2.3.4 127.0.0.1 1 2\r\n",
                                   "TCP6 fe80::1%eth0 ::1 1 2\r\n",
                                   "TCP6 [::1] ::1 1 2\r\n",
                                   "TCP6 :::1 ::1 1 2\r\n",
                                   "tcp4 1.2.3.4 127.0.0.1 1 2\r\n",
                                   "TCP5 1.2.3.4 127.0.0.1 1 2\r\n",
                                   "UDP4 1.2.3.4 127.0.0.1 1 2\r\n",
                                   "TCP4\r\n",
                                   "\r\n",
                                   "UNKNOWNS\r\n",
                                   "UNKNOWN\n",
                                   "UNKNOWN \r\r\n",
                                   "UNKNOWN \x01\r\n"}) {
        CAPTURE(rest);
        CHECK(judged("PROXY " + rest) == "malformed");
    }
    CHECK(judged("PROXY TCP4 1.2.3.4\0 127.0.0.1 1 2\r\n"s) == "malformed");
    CHECK(judged("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n") == "malformed");
    CHECK(read("PROXY UNKNOWN " + std::string(500, 'x'), 1000).taken == 107);
}

TEST_CASE("a binary header that departs from the form in anything is malformed") {
    CHECK(judged(binary('\x11', '\x11', v4)) == "malformed");  // version 1
    CHECK(judged(binary('\x31', '\x11', v4)) == "malformed");
    CHECK(judged(binary('\x22', '\x11', v4)) == "malformed");  // no such command
    CHECK(judged(binary('\x2f', '\x11', v4)) == "malformed");
    for (char const second : {'\x12', '\x22', '\x32', '\x10', '\x20', '\x01', '\x02', '\x13', '\x41', '\xf1'}) {
        CAPTURE(second);
        CHECK(judged(binary('\x21', second, std::string(300, '\0'))) == "malformed");
    }
    CHECK(judged(binary('\x21', '\x11', v4.substr(1))) == "malformed");
    CHECK(judged(binary('\x21', '\x11', "")) == "malformed");
    CHECK(judged(binary('\x21', '\x21', v6.substr(1))) == "malformed");
    CHECK(judged(binary('\x21', '\x31', std::string(215, '/'))) == "malformed");
    CHECK(judged(binary('\x21', '\x11', v4 + "\x01")) == "malformed");  // half a TLV
    CHECK(judged(binary('\x21', '\x11', v4 + "\x01\0"s)) == "malformed");
    CHECK(judged(binary('\x21', '\x11', v4 + "\x01\0\x01"s)) == "malformed");
    CHECK(judged(binary('\x21', '\x11', v4 + tlv('\x01', "h2") + "\x04\xff\xff"s)) == "malformed");
    CHECK(judged(binary('\x21', '\x11', v4 + std::string(4096 - 16 - 12 + 1, '\0'))) == "malformed");
    auto const largest = "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"s;  // refused before it has come
    CHECK(judged(largest) == "malformed");
}

TEST_CASE("a checksum that a header carries must be its own, and stand there once") {
    for (std::size_t at = 16; at < checked.size(); ++at) {
        auto changed = checked;
        changed[at] = static_cast<char>(changed[at] ^ 0x20);
        CAPTURE(at);
        bool const no_longer_one = at == 28;  // the type of the TLV
        CHECK(judged(changed) == (no_longer_one ? "client_named" : "malformed"));
    }
    CHECK(judged(binary('\x21', '\x11', v4 + tlv('\x03', "abc"))) == "malformed");
    auto const sum = checked.substr(28);
    CHECK(judged(binary('\x21', '\x11', v4 + sum + sum)) == "malformed");
}

}  // namespace tollgate::proxy_protocol_test
