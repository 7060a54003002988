// An address of a peer or a client as text, for limits, the log and the fields that tell of it. Pure.
#pragma once

#include "base/text_writer.hpp"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstddef>
#include <string>

namespace tollgate::net {

// As address_v4::to_string(), without a format.
[[nodiscard]] inline std::string text_of(boost::asio::ip::address_v4 const& address) {
    auto const bytes = address.to_bytes();
    std::array<char, sizeof "255.255.255.255"> room;
    TextWriter writer(room);
    writer.number(bytes[0]);
    for (std::size_t i = 1; i < bytes.size(); ++i) writer.put('.').number(bytes[i]);
    return std::string(writer.text());
}

// An IPv4 client on a dual-stack socket is an IPv4 client.
[[nodiscard]] inline std::string text_of(boost::asio::ip::address const& address) {
    namespace ip = boost::asio::ip;
    if (address.is_v4()) return text_of(address.to_v4());
    if (address.to_v6().is_v4_mapped()) return text_of(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
    return address.to_string();
}

}  // namespace tollgate::net
