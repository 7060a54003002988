// A clock that only the test moves. Both times move together; safe to read from other threads.
#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tollgate::testing {

class ManualClock final : public Clock {
public:
    explicit ManualClock(std::int64_t unix_seconds = 1'700'000'000) : wall_(std::chrono::seconds(unix_seconds)) {}

    [[nodiscard]] steady_time steady_now() const noexcept override { return steady_time(steady_.load()); }
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const noexcept override {
        return std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(wall_.load()));
    }

    void advance(std::chrono::nanoseconds by) {
        steady_ = steady_.load() + by;
        wall_ = wall_.load() + by;
    }
    // The wall clock alone, as when it is set.
    void set_wall(std::int64_t unix_seconds) { wall_ = std::chrono::seconds(unix_seconds); }

private:
    std::atomic<std::chrono::nanoseconds> steady_{std::chrono::hours(1)};
    std::atomic<std::chrono::nanoseconds> wall_;
};

}  // namespace tollgate::testing
