// The service's answer on its way to the client. Each piece goes out as soon as it came, and the next is read when it has
// gone: a slow reader slows the sender, and one buffer is all that is held.
#pragma once

#include "proxy/flight.hpp"

#include <boost/asio/awaitable.hpp>

namespace tollgate::proxy {

// Sends flight.response and the body behind it to the client, through the hooks, and notes in `flight` how it ended.
[[nodiscard]] asio::awaitable<void> relay_answer(Flight& flight);

// Passes an informational head on to the client, if it speaks HTTP/1.1.
[[nodiscard]] asio::awaitable<Result<void>> relay_informational(Flight& flight);

// Notes why an answer that had begun did not end as it should.
void note_failure(Flight& flight, errc reason);

// Notes that the exchange broke for `reason` after the head of the answer went out: the client's connection is cut.
void cut(Flight& flight, errc reason);

}  // namespace tollgate::proxy
