#include "settings/network.hpp"

#include <array>
#include <cstddef>

namespace tollgate::settings {
namespace {

using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

template <std::size_t size>
bool equal_prefix(std::array<unsigned char, size> const& a, std::array<unsigned char, size> const& b,
                  unsigned bits) noexcept {
    for (std::size_t i = 0; i < size && bits > 0; ++i) {
        unsigned const compared = bits < 8 ? bits : 8;
        unsigned const mask = 0xffU << (8 - compared) & 0xffU;
        if (((a[i] ^ b[i]) & mask) != 0) return false;
        bits -= compared;
    }
    return true;
}

address_v6 as_v6(boost::asio::ip::address const& address) noexcept {
    return address.is_v6() ? address.to_v6()
                           : boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4());
}

constexpr unsigned mapped_bits = 96;  // ::ffff:0:0/96

}  // namespace

// Both sides as IPv6: 10.0.0.0/8 is ::ffff:10.0.0.0/104.
bool contains(Network const& network, boost::asio::ip::address const& address) noexcept {
    auto const bytes = as_v6(address).to_bytes();
    if (auto const* const v4 = std::get_if<boost::asio::ip::network_v4>(&network))
        return equal_prefix(as_v6(v4->address()).to_bytes(), bytes, mapped_bits + v4->prefix_length());
    auto const& v6 = std::get<boost::asio::ip::network_v6>(network);
    bool const is_v4 = address.is_v4() || address.to_v6().is_v4_mapped();
    // ::/0 is every IPv6 address, not every IPv4 one: what is mapped is only in networks of mapped addresses.
    if (is_v4 && v6.prefix_length() < mapped_bits) return false;
    return equal_prefix(v6.address().to_bytes(), bytes, v6.prefix_length());
}

}  // namespace tollgate::settings
