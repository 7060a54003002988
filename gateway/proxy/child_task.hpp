// A coroutine beside its parent, on the same worker. The parent joins it before anything that the child refers to goes
// away, and before the task itself does. Not thread-safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <utility>

namespace tollgate::proxy {

namespace asio = boost::asio;

class ChildTask {
public:
    // An exception that leaves the work is a bug: it is logged, `on_bug` is called, so that nobody goes on waiting for
    // what the work was to bring about, and the task is over.
    explicit ChildTask(std::move_only_function<void()> on_bug) : on_bug_(std::move(on_bug)) {}
    ChildTask(ChildTask const&) = delete;
    ChildTask& operator=(ChildTask const&) = delete;
    ~ChildTask();  // it is not running

    // Starts `work`, when no other is running.
    void start(asio::any_io_executor const& executor, asio::awaitable<void> work);

    [[nodiscard]] bool running() const noexcept { return running_; }

    // Resumes when the task is over; at once when it never ran.
    [[nodiscard]] asio::awaitable<void> join();

private:
    std::move_only_function<void()> on_bug_;
    bool running_ = false;
    std::move_only_function<void()> joiner_;  // resumes who joins
};

}  // namespace tollgate::proxy
