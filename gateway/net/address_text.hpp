// An address of a peer or a client as text, for limits, the log and the fields that tell of it. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>

namespace tollgate::net {

// An IPv4 client on a dual-stack socket is an IPv4 client.
[[nodiscard]] inline std::string text_of(boost::asio::ip::address const& address) {
    namespace ip = boost::asio::ip;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

}  // namespace tollgate::net
