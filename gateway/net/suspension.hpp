// A place where a coroutine of a worker waits until somebody wakes it, or its time is over. It goes on in a turn of the
// loop, never within the call that wakes it. When the loop ends first, the coroutine is destroyed where it stands.
// Belongs to the loop's thread; not movable.
#pragma once

#include "base/error.hpp"
#include "net/event_loop.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace tollgate::net {

namespace asio = boost::asio;

// nullopt: no limit.
using Timeout = std::optional<std::chrono::milliseconds>;

class Suspension final : private EventLoop::Item {
public:
    explicit Suspension(EventLoop& loop) noexcept : loop_(loop) {}

    // Waits until wake(), of which a `ready` one has had its call already: others have their turn first; `at_end` is that
    // of this turn. For these two there is no timeout. Errors: errc::timed_out, up to a tick of the wheel late, or what it
    // was woken with. One coroutine at a time.
    enum class Begin { waiting, ready, at_end };
    [[nodiscard]] asio::awaitable<Result<void>> wait(Timeout timeout, Begin begin = Begin::waiting);

    // The first of several calls counts. Nothing when nobody waits.
    void wake(errc why = errc{}) noexcept;

    [[nodiscard]] bool is_awaited() const noexcept { return static_cast<bool>(resume_); }

private:
    void run() override;
    void abandon() noexcept override;

    EventLoop& loop_;
    std::move_only_function<void(Result<void>)> resume_;
    bool woken_ = false;
    errc why_{};
    Deadline overdue_{[this] { wake(errc::timed_out); }};
};

}  // namespace tollgate::net
