// A network as an address and a prefix length, and whether an address lies in it. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <variant>

namespace tollgate::settings {

using Network = std::variant<boost::asio::ip::network_v4, boost::asio::ip::network_v6>;

// Every address that begins with the prefix, the first and the last included. An IPv4-mapped IPv6 address
// (RFC 4291, section 2.5.5.2) is the IPv4 address.
[[nodiscard]] bool contains(Network const& network, boost::asio::ip::address const& address) noexcept;

}  // namespace tollgate::settings
