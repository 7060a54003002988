// Waiting for a server of an upstream where each takes only so many requests at a time. The client is watched
// meanwhile, and nothing is read from it; whatever ends the exchange ends the wait.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

#include <string_view>

namespace tollgate::proxy {

// Gets a place on a server into flight.lease, at once or after a wait in the queue. `body` is what was taken of the
// request's. When some were `tried`, the last of them is given back first and the request goes to another one, in front
// of all that wait: it had a server already. `tried` is emptied when a reload has brought other servers meanwhile.
// Errors: queue_full, queue_timeout, no_healthy_upstream; what ended the exchange; those of send_queued_comment(). A
// client that had to wait is left watched.
[[nodiscard]] net::Task<Result<void>> take_place(Flight& flight, std::string_view body, upstream::Tried& tried);

}  // namespace tollgate::proxy
