// A connection that has changed its protocol (RFC 9110, section 7.8): after the service's 101 bytes go both ways,
// untouched, until both sides have ended, one breaks, or neither has said a word for the route's `timeouts.gap`.
#pragma once

#include "proxy/flight.hpp"

#include <boost/asio/awaitable.hpp>

namespace tollgate::proxy {

// Sends the head of the 101 through the hooks, moves bytes until the end, counts them and notes how it ended. Neither
// connection can be used again.
[[nodiscard]] asio::awaitable<void> tunnel(Flight& flight);

}  // namespace tollgate::proxy
