// A place where a coroutine of a worker, or a call, waits until somebody wakes it, or its time is over. It goes on in a turn
// of the loop, never within the call that wakes it. When the loop ends first, what waits is destroyed where it stands.
// Belongs to the loop's thread; not movable.
#pragma once

#include "base/error.hpp"
#include "net/event_loop.hpp"
#include "net/task.hpp"

#include <chrono>
#include <coroutine>
#include <functional>
#include <optional>
#include <utility>

namespace tollgate::net {

// nullopt: no limit.
using Timeout = std::optional<std::chrono::milliseconds>;

class Suspension final : private EventLoop::Item, private Timed {
public:
    using Resume = std::move_only_function<void(Result<void>)>;

    // A `waiting` one waits until wake(). A `ready` one is woken at once, with `why`, but others have their turn first; an
    // `at_end` one goes on at the end of this turn. `timeout` is for a `waiting` one only.
    enum class Begin { waiting, ready, at_end };
    struct Terms {
        Timeout timeout{};
        Begin begin = Begin::waiting;
        errc why{};
    };

    explicit Suspension(EventLoop& loop) noexcept : loop_(loop) {}

    // Errors: errc::timed_out, up to a tick of the wheel late, or what it was woken with. One at a time.
    class Wait;
    [[nodiscard]] Wait wait_on(Terms terms) noexcept;
    [[nodiscard]] Wait wait(Timeout timeout, Begin begin = Begin::waiting) noexcept;

    // The same with a call instead of a coroutine. It may own this suspension.
    void call(Resume&& resume, Terms terms);

    // The first of several calls counts. Nothing when nobody waits.
    void wake(errc why = errc{}) noexcept;

    [[nodiscard]] bool is_awaited() const noexcept { return static_cast<bool>(resume_); }

private:
    void run() override;
    void abandon() noexcept override;
    void expired() override { wake(errc::timed_out); }

    EventLoop& loop_;
    Resume resume_;
    bool woken_ = false;
    errc why_{};
};

// What a coroutine awaits: Result<void>.
class [[nodiscard]] Suspension::Wait {
public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> who) noexcept {
        here_.call(
            [this, waiting = Suspended(who)](Result<void> result) mutable {
                result_ = result;
                waiting.resume();
            },
            terms_);
    }
    [[nodiscard]] Result<void> await_resume() const noexcept { return result_; }

private:
    friend class Suspension;
    Wait(Suspension& here, Terms terms) noexcept : here_(here), terms_(terms) {}

    Suspension& here_;
    Terms terms_;
    Result<void> result_;
};

inline Suspension::Wait Suspension::wait_on(Terms terms) noexcept { return {*this, terms}; }

inline Suspension::Wait Suspension::wait(Timeout timeout, Begin begin) noexcept {
    return wait_on({.timeout = timeout, .begin = begin});
}

// Goes on in a turn to come: others have theirs first.
[[nodiscard]] Task<> let_others_run(EventLoop& loop);

}  // namespace tollgate::net
