// The program: what happens to a request, in order. Everything else is a word in it. Read phases.cpp first.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"

#include <cstddef>

namespace tollgate::proxy {

// One exchange, from its complete head (the first `head_bytes` of the connection's buffer) to its log line; or, when
// there is an error instead, from a head that did not become whole to the answer that says so. Finish hooks and the log
// run always, exactly once. The result says what becomes of the connection.
[[nodiscard]] net::Task<After> run_exchange(Connection& connection, Result<std::size_t> head_bytes);

}  // namespace tollgate::proxy
