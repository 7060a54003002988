// Bodies in motion: the client's to the service, beside the exchange, and the service's to the client. Each piece goes
// out as soon as it came, and the next is read when it has gone: a slow reader slows the sender, and one buffer is all
// that is held.
#pragma once

#include "proxy/flight.hpp"

#include <boost/asio/awaitable.hpp>

namespace tollgate::proxy {

// Sends flight.response and the body behind it to the client, through the hooks, and notes in `flight` how it ended.
[[nodiscard]] asio::awaitable<void> relay_answer(Flight& flight);

// Passes an informational head on to the client, if it speaks HTTP/1.1.
[[nodiscard]] asio::awaitable<Result<void>> relay_informational(Flight& flight);

// Begins to send the rest of the client's body upstream.
void start_upload(Flight& flight);

// Ends the upload, if there is one, before what it refers to goes: the rest of the body is not sent, and neither
// connection can be used again.
[[nodiscard]] asio::awaitable<void> stop_upload(Flight& flight);

// From now on a client that goes away ends the wait for the service. Called when all of its body has come.
void watch_client(Flight& flight);

}  // namespace tollgate::proxy
