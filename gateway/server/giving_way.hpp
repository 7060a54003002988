// While it lives, the thread that made it offers its processor to others: every 250 us while they want it, every 4 ms
// while nobody does. One at a time on a thread.
//
// For work of the lowest priority a weight is not enough on Linux. Its scheduler (EEVDF, since 6.6) first asks who is
// owed time and only then who is in a hurry. When a thread goes to sleep, a niced one may be owed a moment and one that
// was just woken not: the niced one gets the processor and keeps it to the next tick, 4 ms at the usual 250 Hz. So
// beside a storm of logins one request in a hundred waited 3 to 5 ms; with SCHED_IDLE for nice 19 it was two ticks.
//
// A timer's signal interrupts the thread, and the handler yields (sched_yield(2)). Whoever lost the processor does it
// again after `shortest`; as long as nobody wants it the interval doubles up to `longest`, for each signal costs the
// work some 20 us in a virtual machine. Who has used less than half of `shortest` since the last offer keeps the
// processor: otherwise two such threads on one processor would take turns in doing nothing. System calls of the work go
// on by themselves where the kernel can do that (SA_RESTART). Without a timer (RLIMIT_SIGPENDING) the thread only has
// its weight; so have threads that the work makes itself. Who is in another control group is weighed against the whole
// of ours.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>

namespace tollgate::server {

// Gives the calling thread the lowest priority, nice 19, and, where the kernel knows them (6.12), slices so short that
// the rest of one, which a yield forfeits since 6.18, is less than what the thread has used: with longer ones it would
// get a part of what its weight is worth on a busy machine. A refusal only costs politeness.
void take_lowest_priority() noexcept;

class GivingWay {
public:
    using Interval = std::chrono::microseconds;
    static constexpr Interval shortest{250};
    static constexpr Interval longest{4000};

    GivingWay() noexcept;
    GivingWay(GivingWay const&) = delete;
    GivingWay& operator=(GivingWay const&) = delete;
    ~GivingWay();  // on the same thread

    // Why there is no timer, as errno says it; 0: there is one.
    [[nodiscard]] int problem() const noexcept { return problem_; }

    // The interval that follows one of `last`, in which others had the processor or not.
    [[nodiscard]] static constexpr Interval after(Interval last, bool displaced) noexcept {
        return displaced ? shortest : std::min(2 * last, longest);
    }

    // What the timer sends, to its thread alone.
    [[nodiscard]] static int signal() noexcept;

private:
    static void on_signal(int) noexcept;
    void offer() noexcept;
    void set(Interval interval) noexcept;

    timer_t timer_{};
    int problem_ = 0;
    Interval interval_{};
    long times_displaced_ = 0;                  // of this thread, since it began
    std::chrono::nanoseconds offered_after_{};  // of processor time, as the thread's clock counts it
};

}  // namespace tollgate::server
