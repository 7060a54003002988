// Answers of our own: what a plugin replied, or the problem that stopped a request. The rest of a request body that was
// not read is dropped when it has arrived already; otherwise the connection ends, politely, after the answer.
#pragma once

#include "http/reply.hpp"
#include "net/task.hpp"
#include "proxy/flight.hpp"

namespace tollgate::proxy {

// Sends `reply` through the response hooks and notes in `flight` how it went. No head was sent before; what ended the
// exchange does not end the answer.
[[nodiscard]] net::Task<> answer(Flight& flight, http::Reply reply);

// Answers that something of ours broke, past the response hooks: one of them may have been it.
[[nodiscard]] net::Task<> answer_broken(Flight& flight);

// Ends an exchange that failed with `error` before anything of an answer was sent: answers with the problem, unless
// nobody is there to read it. A client that was told to wait gets the problem as an event `error`, and the end.
[[nodiscard]] net::Task<> fail(Flight& flight, boost::system::error_code error);

}  // namespace tollgate::proxy
