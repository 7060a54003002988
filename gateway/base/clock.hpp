// Time as a value that tests can set. Deadlines use the steady clock, token times the wall clock (seconds since 1970).
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace tollgate {

using steady_time = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual steady_time steady_now() const noexcept = 0;
    [[nodiscard]] virtual std::chrono::system_clock::time_point wall_now() const noexcept = 0;

    // The wall clock in whole seconds since 1970 (the NumericDate of RFC 7519, section 2).
    [[nodiscard]] std::int64_t unix_seconds() const noexcept {
        return std::chrono::duration_cast<std::chrono::seconds>(wall_now().time_since_epoch()).count();
    }

    // The same as of the last tick of the kernel's clock, most often a few milliseconds ago: for what is asked with
    // every request, at a tenth of the price.
    [[nodiscard]] virtual std::int64_t tick_seconds() const noexcept { return unix_seconds(); }
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] steady_time steady_now() const noexcept override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() const noexcept override {
        return std::chrono::system_clock::now();
    }
    [[nodiscard]] std::int64_t tick_seconds() const noexcept override { return std::time(nullptr); }
};

}  // namespace tollgate
