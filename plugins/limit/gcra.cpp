#include "limit/gcra.hpp"

#include <algorithm>

namespace tollgate::limit {
namespace {

using std::chrono::nanoseconds;

// At most a day, and the whole at most a day and a second.
nanoseconds interval_of(RequestRate const& rate) noexcept {
    nanoseconds const period = rate.period;
    return nanoseconds((period.count() + rate.count - 1) / rate.count);
}

nanoseconds whole_of(RequestRate const& rate) noexcept { return interval_of(rate) * rate.count; }

steady_time later(steady_time time, nanoseconds by) noexcept {
    return time > steady_time::max() - by ? steady_time::max() : time + by;
}

// How long until the bucket is full: from nothing to the whole.
nanoseconds taken(RequestRate const& rate, steady_time bucket, steady_time now) noexcept {
    return std::clamp(bucket, now, later(now, whole_of(rate))) - now;
}

Level level_when(RequestRate const& rate, nanoseconds taken) noexcept {
    return {rate.count, (whole_of(rate) - taken) / interval_of(rate), taken};
}

}  // namespace

Passage ask(RequestRate const& rate, steady_time bucket, steady_time now) noexcept {
    auto const before = taken(rate, bucket, now);
    auto const after = before + interval_of(rate);
    auto const whole = whole_of(rate);
    if (after > whole) return {false, bucket, level_when(rate, before), after - whole};
    return {true, later(now, after), level_when(rate, after), {}};
}

Level level_of(RequestRate const& rate, steady_time bucket, steady_time now) noexcept {
    return level_when(rate, taken(rate, bucket, now));
}

}  // namespace tollgate::limit
