// A coroutine beside its parent, on the same worker. The parent joins it before anything that the child refers to goes
// away. Not thread-safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>

namespace tollgate::proxy {

namespace asio = boost::asio;

class ChildTask {
public:
    ChildTask() = default;
    ChildTask(ChildTask const&) = delete;
    ChildTask& operator=(ChildTask const&) = delete;

    // Starts `work`, once in the life of a task. An exception that leaves it is a bug: it is logged, and the task is
    // over.
    void start(asio::any_io_executor const& executor, asio::awaitable<void> work);

    [[nodiscard]] bool running() const noexcept { return running_; }

    // Resumes when the task is over; at once when it never ran.
    [[nodiscard]] asio::awaitable<void> join();

private:
    bool running_ = false;
    std::move_only_function<void()> joiner_;  // resumes who joins
};

}  // namespace tollgate::proxy
