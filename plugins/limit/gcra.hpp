// The generic cell rate algorithm (ITU-T I.371, annex A): a bucket is one time, the one at which it will be full again.
// A request that passes moves it on by the interval of one; a request that would move it further than one whole period
// from now has to wait. So `count` requests pass at once, and then one in each interval. Pure arithmetic: whoever asks
// brings the time and keeps the bucket.
#pragma once

#include "base/clock.hpp"
#include "limit/request_rate.hpp"

#include <chrono>
#include <cstdint>

namespace tollgate::limit {

// A bucket that nobody has taken from.
inline constexpr steady_time full_bucket = steady_time::min();

// What is left in a bucket.
struct Level {
    std::int64_t limit = 0;            // requests in a full one
    std::int64_t remaining = 0;        // requests that would pass at once
    std::chrono::nanoseconds reset{};  // until it is full again

    bool operator==(Level const&) const = default;
};

struct Passage {
    bool allowed = false;
    steady_time bucket;                      // from now on, when allowed; as it was otherwise
    Level level;                             // of that bucket
    std::chrono::nanoseconds retry_after{};  // when refused: until one would pass

    bool operator==(Passage const&) const = default;
};

// Asks for one request. The interval is rounded up to whole nanoseconds, so never more pass than `rate` says, and never
// more than one in a nanosecond. A bucket from before a change of the rate is no emptier than empty; time may stand
// still, go back a little or be at its end.
[[nodiscard]] Passage ask(RequestRate const& rate, steady_time bucket, steady_time now) noexcept;

// Only looks.
[[nodiscard]] Level level_of(RequestRate const& rate, steady_time bucket, steady_time now) noexcept;

}  // namespace tollgate::limit
