#include "net/event_loop.hpp"

#include "base/log.hpp"

#include <fmt/format.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace tollgate::net {
namespace {

constexpr int most_in_a_row = 16;

// The loop that this thread turns.
thread_local EventLoop const* turning = nullptr;

struct Turning {
    explicit Turning(EventLoop const& loop) noexcept : outer(std::exchange(turning, &loop)) {}
    Turning(Turning const&) = delete;
    Turning& operator=(Turning const&) = delete;
    ~Turning() { turning = outer; }
    EventLoop const* outer;
};

Descriptor required(int descriptor, char const* what) {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
    return Descriptor(descriptor);
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(required(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")), wheel_(std::chrono::steady_clock::now()) {
    alarm_.descriptor = required(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create");
    if (!add(bell_.wake.descriptor(), bell_, EPOLLIN | EPOLLET) ||
        !add(alarm_.descriptor.get(), alarm_, EPOLLIN | EPOLLET))
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

EventLoop::~EventLoop() { abandon(); }

bool EventLoop::add(int descriptor, Source& source, std::uint32_t events) noexcept {
    epoll_event wanted{.events = events, .data = {.ptr = &source}};
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &wanted) == 0) return true;
    if (refusals_.is_due(std::chrono::steady_clock::now()))
        log::error(fmt::format("a connection is given up: epoll_ctl: {}", std::strerror(errno)));
    return false;
}

bool EventLoop::change(int descriptor, Source& source, std::uint32_t events) noexcept {
    epoll_event wanted{.events = events, .data = {.ptr = &source}};
    return ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &wanted) == 0;
}

void EventLoop::due(Item& item) noexcept {
    item.unlink();
    due_.push_back(item);
}

void EventLoop::again(Item& item) noexcept {
    item.unlink();
    again_.push_back(item);
}

void EventLoop::last(Item& item) noexcept {
    item.unlink();
    last_.push_back(item);
}

void EventLoop::hold(Item& item) noexcept {
    item.unlink();
    held_.push_back(item);
}

void EventLoop::post(Job job) {
    if (turning == this) return jobs_.push_back(std::move(job));
    bool first = false;
    {
        std::scoped_lock const lock(foreign_lock_);
        first = foreign_jobs_.empty();
        foreign_jobs_.push_back(std::move(job));
    }
    if (first) bell_.wake.wake();
}

// Outside of a turn it is now.
steady_time EventLoop::turn_began() const noexcept {
    return turning == this ? turn_began_ : std::chrono::steady_clock::now();
}

void EventLoop::arm(Timed& deadline, std::chrono::milliseconds from_now) {
    auto const when = turn_began() + from_now;
    wheel_.arm(deadline, when);
    wheel_due_ = std::min(wheel_due_, when + DeadlineWheel::tick_length);
}

// The steady clock is CLOCK_MONOTONIC. A time that has passed rings at once; max() disarms.
void EventLoop::Alarm::set(steady_time to) noexcept {
    if (to == at) return;
    at = to;
    itimerspec when{};
    if (to != steady_time::max()) {
        auto const since_boot = to.time_since_epoch();
        auto const seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
        when.it_value = {.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(since_boot - seconds).count()};
    }
    (void)::timerfd_settime(descriptor.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void EventLoop::turn(Waiting waiting) {
    Turning const mark(*this);
    if (is_busy()) waiting = Waiting::no;
    if (waiting == Waiting::yes) alarm_.set(wheel_due_);
    hear(waiting);
    turn_began_ = std::chrono::steady_clock::now();
    run(due_);
    run_jobs();
    while (!last_.empty()) run(last_);
    is_shared_ = false;
    turn_wheel();
}

// All that there is, unless it comes faster than it can be heard.
void EventLoop::hear(Waiting waiting) noexcept {
    auto const most = static_cast<int>(events_.size());
    for (int asked = 0; asked < most_in_a_row; ++asked) {
        int const patience = waiting == Waiting::yes && asked == 0 ? -1 : 0;
        int const count = ::epoll_wait(epoll_.get(), events_.data(), most, patience);
        for (int i = 0; i < count; ++i) {
            auto const& event = events_[static_cast<std::size_t>(i)];
            static_cast<Source*>(event.data.ptr)->note(event.events);
        }
        if (count == most) continue;
        if (count >= 0) ++number_;
        return;
    }
}

// As of when the turn began: what has been heard by then counts before what is overdue.
void EventLoop::turn_wheel() {
    if (turn_began_ < wheel_due_) return;
    wheel_due_ = steady_time::max();
    wheel_.tick(turn_began_);
    if (auto const next = wheel_.next_tick()) wheel_due_ = std::min(wheel_due_, *next);
}

// Only what is there by now, and what of it runs again. What becomes due meanwhile comes after what the kernel has to
// say; for what is last turn() asks again.
void EventLoop::run(Items& items) {
    is_shared_ = !items.empty() && &items.front() != &items.back();
    run_each(items);
    if (!again_.empty()) run_each(again_);
}

void EventLoop::run_each(Items& items) {
    Items batch;
    batch.swap(items);
    while (!batch.empty()) {
        Item& item = batch.front();
        item.unlink();
        item.run();
    }
}

void EventLoop::run_jobs() {
    auto own = std::exchange(jobs_, {});
    for (auto& job : own) std::exchange(job, nullptr)();
    if (!has_foreign_jobs_) return;
    has_foreign_jobs_ = false;
    std::vector<Job> foreign;
    {
        std::scoped_lock const lock(foreign_lock_);
        foreign.swap(foreign_jobs_);
    }
    for (auto& job : foreign) std::exchange(job, nullptr)();
}

// What goes may post and hold more: what a coroutine owns is let go of by a job of its own.
void EventLoop::abandon() {
    for (bool anything = true; anything;) {
        anything = false;
        for (auto* const items : {&held_, &due_, &again_, &last_}) {
            while (!items->empty()) {
                Item& item = items->front();
                item.unlink();
                item.abandon();
                anything = true;
            }
        }
        std::vector<Job> jobs;
        {
            std::scoped_lock const lock(foreign_lock_);
            jobs.swap(foreign_jobs_);
        }
        std::ranges::move(std::exchange(jobs_, {}), std::back_inserter(jobs));
        anything = anything || !jobs.empty();
    }
}

}  // namespace tollgate::net
