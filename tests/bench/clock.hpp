// Times of the benchmark's programs: nanoseconds of the monotonic clock, which all processes of a machine share, and
// the time that other processes have spent on a processor.
#pragma once

#include <cstdint>
#include <ctime>
#include <span>

#include <sys/types.h>

namespace bench {

using nanoseconds_t = std::int64_t;
inline constexpr nanoseconds_t second_ns = 1'000'000'000;

inline nanoseconds_t read_clock(clockid_t clock) {
    timespec time{};
    return ::clock_gettime(clock, &time) == 0 ? time.tv_sec * second_ns + time.tv_nsec : 0;
}

inline nanoseconds_t now_ns() { return read_clock(CLOCK_MONOTONIC); }

inline timespec timespec_of(nanoseconds_t duration) { return {duration / second_ns, duration % second_ns}; }

// User and system time of all threads of these processes.
inline nanoseconds_t cpu_ns(std::span<pid_t const> processes) {
    nanoseconds_t sum = 0;
    for (auto const process : processes) {
        clockid_t clock{};
        if (::clock_getcpuclockid(process, &clock) == 0) sum += read_clock(clock);
    }
    return sum;
}

}  // namespace bench
