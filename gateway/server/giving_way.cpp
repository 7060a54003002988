#include "server/giving_way.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdint>

namespace tollgate::server {
namespace {

// struct sched_attr of sched_setattr(2), as it was first: glibc has none before 2.41, and the kernel's header does not
// go with <sched.h>.
struct SchedulerAttributes {
    std::uint32_t size = sizeof(SchedulerAttributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

constexpr std::chrono::nanoseconds slice = std::chrono::microseconds(100);  // the kernel's least

thread_local GivingWay* of_this_thread = nullptr;  // a signal may still come when its timer is gone

long times_displaced() noexcept {
    rusage used{};
    (void)::getrusage(RUSAGE_THREAD, &used);
    return used.ru_nivcsw;
}

std::chrono::nanoseconds processor_time() noexcept {
    timespec now{};
    (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

void take_lowest_priority() noexcept {
    // On Linux both are the thread's.
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
    SchedulerAttributes const wanted{.nice = 19, .runtime_ns = static_cast<std::uint64_t>(slice.count())};
    (void)::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

GivingWay::GivingWay() noexcept {
    assert(!of_this_thread);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, signal());
    (void)::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // whoever started us may have blocked it
    struct sigaction action{};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal();
    event._sigev_un._tid = ::gettid();  // timer_create(2) calls it sigev_notify_thread_id, glibc does not name it yet
    bool const has_timer =
        ::sigaction(signal(), &action, nullptr) == 0 && ::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
    problem_ = has_timer ? 0 : errno;
    if (!has_timer) return;
    times_displaced_ = times_displaced();
    offered_after_ = processor_time();
    of_this_thread = this;
    set(shortest);
}

GivingWay::~GivingWay() {
    if (problem_ != 0) return;
    of_this_thread = nullptr;
    (void)::timer_delete(timer_);
}

int GivingWay::signal() noexcept { return SIGRTMIN; }

void GivingWay::on_signal(int) noexcept {
    int const error = errno;
    if (of_this_thread) of_this_thread->offer();
    errno = error;
}

// Within a signal handler: system calls and nothing else.
void GivingWay::offer() noexcept {
    auto const used = processor_time();
    if (used - offered_after_ < shortest / 2) return;
    offered_after_ = used;
    (void)::sched_yield();
    long const now = times_displaced();
    auto const next = after(interval_, now != times_displaced_);
    times_displaced_ = now;
    if (next != interval_) set(next);
}

void GivingWay::set(Interval interval) noexcept {
    interval_ = interval;
    timespec const period{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(interval).count()};
    itimerspec const times{.it_interval = period, .it_value = period};
    (void)::timer_settime(timer_, 0, &times, nullptr);
}

}  // namespace tollgate::server
