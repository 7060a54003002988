// What a host name stands for.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <vector>

namespace tollgate::net {

namespace asio = boost::asio;

using Addresses = std::vector<asio::ip::address>;

// What a lookup found: never empty, and how long it may be used as the server said (the hosts file says 0).
struct Answer {
    Addresses addresses;
    std::chrono::seconds ttl;
};

}  // namespace tollgate::net
