// A coroutine beside its parent, on the same worker. The parent joins it before anything that the child refers to goes
// away, and before the task itself does. Not thread-safe.
#pragma once

#include "net/suspension.hpp"
#include "net/task.hpp"
#include "net/worker.hpp"

#include <functional>
#include <utility>

namespace tollgate::proxy {

class ChildTask {
public:
    // An exception that leaves the work is a bug: it is logged, `on_bug` is called, so that nobody goes on waiting for
    // what the work was to bring about, and the task is over.
    ChildTask(net::Worker& worker, std::move_only_function<void()> on_bug)
        : worker_(worker), on_bug_(std::move(on_bug)), over_(worker.loop()) {}
    ChildTask(ChildTask const&) = delete;
    ChildTask& operator=(ChildTask const&) = delete;
    ~ChildTask();  // it is not running

    // Starts `work` in a turn to come, when no other is running.
    void start(net::Task<> work);

    [[nodiscard]] bool running() const noexcept { return running_; }

    // Resumes when the task is over; at once when it never ran.
    [[nodiscard]] net::Task<> join();

private:
    net::Task<> run(net::Task<> work);

    net::Worker& worker_;
    std::move_only_function<void()> on_bug_;
    bool running_ = false;
    net::Suspension over_;  // who joins waits here
};

}  // namespace tollgate::proxy
