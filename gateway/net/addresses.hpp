// What a host name stands for.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::net {

namespace asio = boost::asio;

using Addresses = std::vector<asio::ip::address>;

// What a lookup found: never empty, and how long it may be used as the server said (the hosts file says 0).
struct Answer {
    Addresses addresses;
    std::chrono::seconds ttl;
};

// What else a lookup comes to: the name has no address, as those who are responsible for it say, or nobody could tell.
enum class NoAnswer { denied, failed };

// The address that `name` is itself, if it is one.
[[nodiscard]] std::optional<asio::ip::address> literal_of(std::string const& name);

// The same addresses, one of each family after the other for as long as there are both (RFC 8305, section 4); the
// family and the order within each are those of `addresses`.
[[nodiscard]] Addresses interleaved(Addresses const& addresses);

}  // namespace tollgate::net
