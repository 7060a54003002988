// What the client is sent: the head of an answer as text, and the one place that writes to its connection during an
// exchange.
#pragma once

#include "proxy/flight.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace tollgate::proxy {

// The text of `head` for the client, with a body framed so behind it: decides what becomes of the connection.
[[nodiscard]] std::string head_for_client(Flight& flight, http::ResponseHead& head, http::Framing framing);

// Sends all of `gather`, each wait bounded by `timeouts.stall`. Errors: client_gone, client_stalled, or what ended the
// exchange.
[[nodiscard]] asio::awaitable<Result<void>> send_to_client(Flight& flight, net::Gather& gather);

// Says 100 Continue to a client that waits for it, with the same errors.
[[nodiscard]] asio::awaitable<Result<void>> send_continue(Flight& flight);

}  // namespace tollgate::proxy
