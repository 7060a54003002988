// The head of a service's answer as it comes, for requests and for the questions of the prober.
#pragma once

#include "base/error.hpp"
#include "net/task.hpp"
#include "upstream/connection.hpp"

#include <cstddef>

namespace tollgate::upstream {

// How many bytes of the buffer are a complete head; 0 when more has to be read, and `scanned` says then what was looked
// at. Error: upstream_bad_response when it does not end within `most_bytes`.
[[nodiscard]] Result<std::size_t> head_at_hand(Connection const& connection, std::size_t most_bytes,
                                               std::size_t& scanned);

// Reads what there is behind it. Errors: what the stream says.
[[nodiscard]] Result<void> read_more(Connection& connection, std::size_t most_bytes);

// Waits for all of it, by these two. How long that may take is for whoever interrupts the stream to say. Errors:
// theirs, and what the stream says.
[[nodiscard]] net::Task<Result<std::size_t>> next_head(Connection& connection, std::size_t most_bytes);

}  // namespace tollgate::upstream
