// What a client is told while its request waits for a server, on routes with `queued_comments`: the head of an event
// stream, then the comment `: queued` every now and then. From then on no status can be said any more.
#pragma once

#include "http/reply.hpp"
#include "net/task.hpp"
#include "proxy/flight.hpp"

#include <string_view>

namespace tollgate::proxy {

// Whether the client of this request can be told: its Accept names text/event-stream, or its `body`, as much as was
// taken of it, asks for a stream (proxy/stream_wish); it speaks HTTP/1.1, and there is no HEAD, upgrade or 100-continue
// that a final head would spoil.
[[nodiscard]] bool may_be_told_to_wait(Flight const& flight, std::string_view body);

// Sends a comment, the first one behind the head, which has gone through the response hooks. Errors: client_gone;
// client_stalled when it is not taken at once; internal_error when a hook threw, and then nothing was sent.
[[nodiscard]] Result<void> send_queued_comment(Flight& flight);

// The last event of a stream that began so, with what would have been the answer, and its proper end.
[[nodiscard]] net::Task<> send_error_event(Flight& flight, http::Reply reply);

// Whether the body of an answer can go on in that stream: 200, text/event-stream, in no content coding.
[[nodiscard]] bool is_plain_event_stream(http::ResponseHead const& head);

}  // namespace tollgate::proxy
