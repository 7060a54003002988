// A connection that has changed its protocol (RFC 9110, section 7.8): after the service's 101 bytes go both ways,
// untouched, until both sides have ended, one breaks, or no byte has moved for the route's `timeouts.gap`. A side that
// takes no more ends one way only: its own last words still reach the other.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

namespace tollgate::proxy {

// Sends the head of the 101 through the hooks, moves bytes until the end, counts them and notes how it ended. Neither
// connection can be used again.
[[nodiscard]] net::Task<> tunnel(Flight& flight);

// How long no byte may move, with both sides speaking or with one that has ended: a half-closed connection ends after
// 30 s of silence also when the route sets no `gap`.
enum class Speaking { both, one };
[[nodiscard]] net::Timeout most_silence(net::Timeout gap, Speaking speaking) noexcept;

}  // namespace tollgate::proxy
