// From a checked request to the head of the service's answer: a server is chosen, or a place at one waited for where
// servers take few requests at a time; a connection is taken from the pool or opened, the request is written anew, its
// body follows, informational answers pass, and what failed before any answer is tried again where that is safe.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

namespace tollgate::proxy {

// Afterwards flight.response is the final head and flight.upstream holds the connection it came on, or the error says
// why there is none: one of the upstream_* codes, no_healthy_upstream or too_many_connections, for the service;
// queue_full or queue_timeout, for the place; bad_request_framing, body_too_large, request_timeout or cut_by_plugin,
// for the body; client_gone or client_stalled when nobody is there to be answered; what ended the exchange;
// internal_error when the request cannot be written or a task broke. A body that had not arrived at once is being sent
// by flight.upload.
[[nodiscard]] net::Task<Result<void>> forward(Flight& flight);

}  // namespace tollgate::proxy
