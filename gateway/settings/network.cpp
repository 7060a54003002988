#include "settings/network.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace tollgate::settings {
namespace {

namespace ip = boost::asio::ip;

using Bytes = ip::address_v6::bytes_type;

constexpr unsigned mapped_bits = 96;  // ::ffff:0:0/96

ip::address_v6 as_v6(ip::address const& address) noexcept {
    return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

bool equal_prefix(Bytes const& a, Bytes const& b, unsigned bits) noexcept {
    for (std::size_t i = 0; i < a.size() && bits > 0; ++i) {
        unsigned const compared = bits < 8 ? bits : 8;
        unsigned const mask = 0xffU << (8 - compared) & 0xffU;
        if (((a[i] ^ b[i]) & mask) != 0) return false;
        bits -= compared;
    }
    return true;
}

}  // namespace

// Both sides as IPv6: 10.0.0.0/8 is ::ffff:10.0.0.0/104.
bool contains(Network const& network, ip::address const& address) noexcept {
    auto const searched = as_v6(address);
    if (auto const* const v4 = std::get_if<ip::network_v4>(&network))
        return equal_prefix(as_v6(v4->address()).to_bytes(), searched.to_bytes(), mapped_bits + v4->prefix_length());
    auto const& v6 = std::get<ip::network_v6>(network);
    if (searched.is_v4_mapped() && v6.prefix_length() < mapped_bits) return false;
    return equal_prefix(v6.address().to_bytes(), searched.to_bytes(), v6.prefix_length());
}

bool is_loopback(Network const& network) noexcept {
    constexpr unsigned loopback_bits = 8;
    if (auto const* const v4 = std::get_if<ip::network_v4>(&network))
        return v4->address().is_loopback() && v4->prefix_length() >= loopback_bits;
    auto const& v6 = std::get<ip::network_v6>(network);
    return v6.address().is_loopback() && v6.prefix_length() == 128;
}

bool contain(std::vector<Network> const& networks, std::string_view text) {
    if (networks.empty()) return false;
    boost::system::error_code no_address;
    auto const address = ip::make_address(std::string(text), no_address);
    return !no_address &&
           std::ranges::any_of(networks, [&](Network const& network) { return contains(network, address); });
}

}  // namespace tollgate::settings
