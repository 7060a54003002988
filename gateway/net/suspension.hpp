// A place where a coroutine of a worker, or a call, waits until somebody wakes it, or its time is over. It goes on in a
// turn of the loop, never within the call that wakes it. When the loop ends first, what waits is destroyed where it
// stands. Belongs to the loop's thread; not movable.
#pragma once

#include "base/error.hpp"
#include "net/event_loop.hpp"
#include "net/task.hpp"

#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace tollgate::net {

// nullopt: no limit.
using Timeout = std::optional<std::chrono::milliseconds>;

class Suspension final : private EventLoop::Item, private Timed {
public:
    using Resume = std::move_only_function<void(Result<void>)>;

    // What comes first when a wait has ended. In a turn of the loop the steps of all come before anybody who takes one
    // goes on: steps are short ways through the kernel, which come cheaper one right behind the other.
    class Step {
    public:
        // With what the wait has ended with.
        virtual void take(Result<void> const& ended) noexcept = 0;

    protected:
        ~Step() = default;
    };

    // A `waiting` one waits until wake(). A `ready` one is woken at once, with `why`, but others have their turn first;
    // an `at_end` one goes on at the end of this turn, and `at_once`, for and_then() alone, there is no wait. `timeout`
    // is for a `waiting` one only. `step` outlives the wait; null: there is none.
    enum class Begin { waiting, ready, at_end, at_once };
    struct Terms {
        Timeout timeout{};
        Begin begin = Begin::waiting;
        errc why{};
        Step* step = nullptr;
    };

    explicit Suspension(EventLoop& loop) noexcept : loop_(loop) {}

    // Errors: errc::timed_out, up to a tick of the wheel late, or what it was woken with. One at a time.
    class Wait;
    template <class Call>
    class WaitAndThen;
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

    [[nodiscard]] Result<void> ended() const { return why_ == errc{} ? Result<void>{} : failure(why_); }

    EventLoop& loop_;
    Resume resume_;
    Step* step_ = nullptr;  // to be taken
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

    // As that of std::expected: when the wait went well `call` is made, as a step, and what it says is awaited instead.
    template <class Call>
    [[nodiscard]] WaitAndThen<Call> and_then(Call call) && noexcept {
        return {here_, terms_, std::move(call)};
    }

private:
    friend class Suspension;
    Wait(Suspension& here, Terms terms) noexcept : here_(here), terms_(terms) {}

    Suspension& here_;
    Terms terms_;
    Result<void> result_;
};

// What a coroutine awaits: the Result of `call`, or the error of the wait. What the call throws is thrown here.
template <class Call>
class [[nodiscard]] Suspension::WaitAndThen final : private Step {
public:
    using Outcome = std::invoke_result_t<Call&>;

    [[nodiscard]] bool await_ready() const noexcept { return terms_.begin == Begin::at_once; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> who) noexcept {
        terms_.step = this;
        here_.call([waiting = Suspended(who)](Result<void>) mutable { waiting.resume(); }, terms_);
    }
    [[nodiscard]] Outcome await_resume() {
        if (await_ready()) return call_();
        if (thrown_) std::rethrow_exception(thrown_);
        return std::move(outcome_);
    }

private:
    friend class Wait;
    WaitAndThen(Suspension& here, Terms terms, Call call) noexcept
        : here_(here), terms_(terms), call_(std::move(call)) {}

    void take(Result<void> const& ended) noexcept override {
        try {
            outcome_ = ended ? call_() : Outcome(std::unexpected(ended.error()));
        } catch (...) {
            thrown_ = std::current_exception();
        }
    }

    Suspension& here_;
    Terms terms_;
    Call call_;
    Outcome outcome_{};
    std::exception_ptr thrown_;
};

inline Suspension::Wait Suspension::wait_on(Terms terms) noexcept { return {*this, terms}; }

inline Suspension::Wait Suspension::wait(Timeout timeout, Begin begin) noexcept {
    return wait_on({.timeout = timeout, .begin = begin});
}

// Goes on in a turn to come: others have theirs first.
[[nodiscard]] Task<> let_others_run(EventLoop& loop);

}  // namespace tollgate::net
