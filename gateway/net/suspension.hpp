// A place where a coroutine of a worker waits until somebody wakes it, or its time is over. It goes on in a turn of the
// loop, never within the call that wakes it. When the loop ends first, the coroutine is destroyed where it stands.
// Belongs to the loop's thread; not movable.
#pragma once

#include "base/error.hpp"
#include "net/event_loop.hpp"
#include "net/task.hpp"

#include <chrono>
#include <coroutine>
#include <optional>

namespace tollgate::net {

// nullopt: no limit.
using Timeout = std::optional<std::chrono::milliseconds>;

class Suspension final : private EventLoop::Item {
public:
    explicit Suspension(EventLoop& loop) noexcept : loop_(loop) {}

    // Waits until wake(), of which a `ready` one has had its call already: others have their turn first; `at_end` is that
    // of this turn. For these two there is no timeout. Errors: errc::timed_out, up to a tick of the wheel late, or what it
    // was woken with. One coroutine at a time.
    enum class Begin { waiting, ready, at_end };
    class Wait;
    [[nodiscard]] Wait wait(Timeout timeout, Begin begin = Begin::waiting) noexcept;

    // One that has ended before it began.
    [[nodiscard]] Wait no_wait(errc why) noexcept;

    // The first of several calls counts. Nothing when nobody waits.
    void wake(errc why = errc{}) noexcept;

    [[nodiscard]] bool is_awaited() const noexcept { return static_cast<bool>(awaited_by_); }

private:
    void begin(Suspended who, Timeout timeout, Begin how);
    [[nodiscard]] Result<void> result() const noexcept;
    void run() override;
    void abandon() noexcept override;

    EventLoop& loop_;
    Suspended awaited_by_;
    bool woken_ = false;
    errc why_{};
    Deadline overdue_{[this] { wake(errc::timed_out); }};
};

// What is awaited: Result<void>.
class [[nodiscard]] Suspension::Wait {
public:
    [[nodiscard]] bool await_ready() const noexcept { return over_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> who) const {
        here_.begin(Suspended(who), timeout_, how_);
    }
    [[nodiscard]] Result<void> await_resume() const noexcept { return here_.result(); }

private:
    friend class Suspension;
    Wait(Suspension& here, Timeout timeout, Begin how, bool over) noexcept
        : here_(here), timeout_(timeout), how_(how), over_(over) {}

    Suspension& here_;
    Timeout timeout_;
    Begin how_;
    bool over_;
};

inline Suspension::Wait Suspension::wait(Timeout timeout, Begin begin) noexcept {
    return {*this, timeout, begin, false};
}

inline Suspension::Wait Suspension::no_wait(errc why) noexcept {
    why_ = why;
    return {*this, {}, Begin::ready, true};
}

}  // namespace tollgate::net
