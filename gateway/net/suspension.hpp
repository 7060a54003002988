// A place where a coroutine of a worker, or a call, waits until somebody wakes it, or its time is over. It goes on in a turn
// of the loop, never within the call that wakes it. When the loop ends first, what waits is destroyed where it stands.
// Belongs to the loop's thread; not movable.
#pragma once

#include "base/error.hpp"
#include "net/event_loop.hpp"

#include <boost/asio/deferred.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace tollgate::net {

namespace asio = boost::asio;

// nullopt: no limit.
using Timeout = std::optional<std::chrono::milliseconds>;

class Suspension final : private EventLoop::Item, private Timed {
public:
    using Resume = std::move_only_function<void(Result<void>)>;

    // A `waiting` one waits until wake(), of which a `ready` one has had its call already: others have their turn first;
    // `at_end` is that of this turn. For these two there is no timeout, and what it is woken with is `why`.
    enum class Begin { waiting, ready, at_end };
    struct Terms {
        Timeout timeout{};
        Begin begin = Begin::waiting;
        errc why{};
    };

    class Start {
    public:
        Start(Suspension& where, Terms terms) noexcept : where_(&where), terms_(terms) {}
        void operator()(auto handler) const { where_->call(std::move(handler), terms_); }

    private:
        Suspension* where_;
        Terms terms_;
    };

    // What a coroutine of Asio's may co_await, without a frame for it.
    using Waiting = asio::deferred_async_operation<void(Result<void>), Start>;

    explicit Suspension(EventLoop& loop) noexcept : loop_(loop) {}

    // Errors: errc::timed_out, up to a tick of the wheel late, or what it was woken with. One at a time.
    [[nodiscard]] Waiting wait(Terms terms);
    [[nodiscard]] Waiting wait(Timeout timeout, Begin begin = Begin::waiting) {
        return wait(Terms{.timeout = timeout, .begin = begin});
    }

    // The same for a call, of which what it owns may be this.
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

}  // namespace tollgate::net
