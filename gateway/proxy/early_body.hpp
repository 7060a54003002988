// What is read of a request's body before the request lines up for a server that takes few at a time: all of a small
// one. Then nobody holds a place, or one in the queue, by withholding it, and what is refused never had one.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

#include <string_view>

namespace tollgate::proxy {

// Takes the body, whose `first` piece was taken already and which is not done, into flight.retained: to its end, or
// until it is over RetainedBody::most_bytes; start_upload() goes on from there. A client that waits for 100 Continue is
// told, and then the service is not asked for another. Errors: bad_request_framing, body_too_large, request_timeout,
// cut_by_plugin, client_gone, client_stalled, internal_error when a plugin threw, or what ended the exchange.
[[nodiscard]] net::Task<Result<void>> take_early_body(Flight& flight, std::string_view first);

}  // namespace tollgate::proxy
