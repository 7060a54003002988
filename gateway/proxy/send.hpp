// What the client is sent: the head of an answer as text, and the one place that writes to its connection during an
// exchange, but for a tunnel.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

#include <string_view>

namespace tollgate::proxy {

// The text of `head` for the client, with a body framed so behind it: decides what becomes of the connection.
[[nodiscard]] std::string_view head_for_client(Flight& flight, http::ResponseHead& head, http::Framing framing);

// Sends what goes at once, and leaves the rest in `gather`. Errors as below. Nearly everything goes so: who asks this
// first does not pay for a coroutine.
[[nodiscard]] Result<void> send_at_once(Flight& flight, net::Gather& gather);

// Sends all of `gather`, or of what a pipe holds, each wait bounded by `timeouts.stall`. Errors: client_gone,
// client_stalled, or what ended the exchange.
[[nodiscard]] net::Task<Result<void>> send_to_client(Flight& flight, net::Gather& gather);
[[nodiscard]] net::Task<Result<void>> send_to_client(Flight& flight, net::Pipe& pipe);

// Says 100 Continue to a client that waits for it, with the same errors.
[[nodiscard]] net::Task<Result<void>> send_continue(Flight& flight);

}  // namespace tollgate::proxy
