// The wait for the head of a service's answer, for requests and for the questions of the prober.
#pragma once

#include "base/error.hpp"
#include "net/task.hpp"
#include "upstream/connection.hpp"

#include <cstddef>

namespace tollgate::upstream {

// Reads until the buffer begins with a complete head: how many bytes it is. How long that may take is for whoever
// interrupts the stream to say. Errors: upstream_bad_response when it does not end within `most_bytes`; else what the
// stream says.
[[nodiscard]] net::Task<Result<std::size_t>> next_head(Connection& connection, std::size_t most_bytes);

}  // namespace tollgate::upstream
