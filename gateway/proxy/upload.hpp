// The client's body on its way to the service, beside the exchange, which waits for the answer meanwhile. Each piece goes
// out as soon as it came, and the next is read when it has gone: a slow service slows the client, and one buffer is all
// that is held.
#pragma once

#include "proxy/flight.hpp"

#include <boost/asio/awaitable.hpp>

namespace tollgate::proxy {

// Begins to send the rest of the client's body upstream. When the client is to blame for its end, the exchange ends.
void start_upload(Flight& flight);

// Ends the upload, if there is one, before what it refers to goes: a rest of the body that was not sent stays unsent,
// and then neither connection can be used again.
[[nodiscard]] asio::awaitable<void> stop_upload(Flight& flight);

// While no body is read from it, a client that goes away ends the exchange.
void watch_client(Flight& flight);

}  // namespace tollgate::proxy
