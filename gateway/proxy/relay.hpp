// The service's answer on its way to the client. Each piece goes out as soon as it came, and the next is read when it
// has gone: a slow reader slows the sender, and one buffer is all that is held.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

namespace tollgate::proxy {

// Sends flight.response and the body behind it to the client, through the hooks, and notes in `flight` how it ended.
// What fails before the head went out is answered by us.
[[nodiscard]] net::Task<> relay_answer(Flight& flight);

// Passes an informational head on to the client, if it speaks HTTP/1.1. Errors: those of send_to_client().
[[nodiscard]] net::Task<Result<void>> relay_informational(Flight& flight);

}  // namespace tollgate::proxy
