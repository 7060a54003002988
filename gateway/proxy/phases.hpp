// The program: what happens to a request, in order. Everything else is a word in it. Read phases.cpp first.
#pragma once

#include "proxy/flight.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>

namespace tollgate::proxy {

// One exchange, from its complete head (the first `head_bytes` of the connection's buffer) to its log line. Finish
// hooks and the log run always, exactly once. The result says what becomes of the connection.
[[nodiscard]] asio::awaitable<After> run_exchange(Connection& connection, std::size_t head_bytes);

}  // namespace tollgate::proxy
