// What goes on is told now and then: at once, and again when a minute has passed. Thread-safe; costs a look at the time
// that is given.
#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>

namespace tollgate {

class Reminder {
public:
    static constexpr std::chrono::minutes interval{1};

    // Whether it is to be told now: of those who ask within a minute the first is told so.
    [[nodiscard]] bool is_due(steady_time now) noexcept {
        auto next = next_.load(std::memory_order_relaxed);
        if (now.time_since_epoch().count() < next) return false;
        return next_.compare_exchange_strong(next, (now + interval).time_since_epoch().count(),
                                             std::memory_order_relaxed);
    }

private:
    std::atomic<steady_time::rep> next_{steady_time::min().time_since_epoch().count()};
};

}  // namespace tollgate
