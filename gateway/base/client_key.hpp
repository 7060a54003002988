// What a client's address counts as wherever clients are counted one by one: connections, login attempts, requests.
// Whoever has an IPv6 address has the 2^64 beside it too, so those are one client. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tollgate {

// The address itself, or the first 64 bits of an IPv6 address that is not IPv4 in disguise. What is no address stays as
// it is.
[[nodiscard]] std::string client_key(std::string_view address);

}  // namespace tollgate
