// A network as an address and a prefix length, and whether an address lies in it. An IPv4-mapped IPv6 address (RFC
// 4291, section 2.5.5.2) is the IPv4 address on both sides; an IPv6 network wider than the mapped ones, ::/0 too, holds
// no IPv4 address: who trusts all of IPv6 has not said a word about IPv4. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <string_view>
#include <variant>
#include <vector>

namespace tollgate::settings {

using Network = std::variant<boost::asio::ip::network_v4, boost::asio::ip::network_v6>;

// Whether `address` begins with the prefix; bits of the network beyond it are not looked at.
[[nodiscard]] bool contains(Network const& network, boost::asio::ip::address const& address) noexcept;

// Whether nobody but this machine has an address in it (127.0.0.0/8, ::1).
[[nodiscard]] bool is_loopback(Network const& network) noexcept;

// Whether one of `networks` holds the address that `text` is. What is no address lies in none.
[[nodiscard]] bool contain(std::vector<Network> const& networks, std::string_view text);

}  // namespace tollgate::settings
