// Whether a server is to blame for a request that failed. Pure. It is only when it alone was waited for: otherwise
// clients would choose, by what they withhold, which servers are ejected.
#pragma once

#include "base/error.hpp"
#include "upstream/retry.hpp"

#include <chrono>
#include <optional>

namespace tollgate::upstream {

struct Failure {
    errc why{};
    bool had_request = false;  // the client has given all of it, a body that came bit by bit too
    // When the time for all of the exchange ran out: how long that is.
    std::optional<std::chrono::milliseconds> total{};
    // For how long the server alone was waited for: to connect, or with the whole request.
    std::chrono::nanoseconds waited{0};
};

// It is when it could not be connected, when it broke off or stayed silent with a request that had come completely, and
// for the total time when half of that was its own. A connection from the pool that turns out to be dead says nothing
// about it.
[[nodiscard]] bool is_to_blame(Attempt const& attempt, Failure const& failure) noexcept;

}  // namespace tollgate::upstream
