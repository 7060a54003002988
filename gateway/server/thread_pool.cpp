#include "server/thread_pool.hpp"

#include "base/log.hpp"
#include "server/giving_way.hpp"

#include <fmt/format.h>

#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

namespace tollgate::server {
namespace {

// Said once: it is so for every job, and they run on.
void tell_of_no_timer(int why) {
    static std::once_flag told;
    std::call_once(told, [why] {
        log::warning(
            fmt::format("no timer for threads of the lowest priority ({}; RLIMIT_SIGPENDING?): requests wait up to "
                        "5 ms for them while passwords are hashed",
                        std::strerror(why)));
    });
}

}  // namespace

ThreadPool::ThreadPool(std::string name, plugin::PoolLimits limits)
    : name_(std::move(name)), most_waiting_(limits.queue) {
    for (unsigned i = 0; i < limits.threads; ++i)
        threads_.emplace_back([this, limits] { work(limits.lowest_priority); });
}

ThreadPool::~ThreadPool() {
    {
        std::scoped_lock const lock(lock_);
        ending_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool ThreadPool::submit(std::move_only_function<void()>& job) {
    {
        std::scoped_lock const lock(lock_);
        if (ending_ || jobs_.size() >= most_waiting_) return false;
        jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
    return true;
}

void ThreadPool::work(bool lowest_priority) {
    if (lowest_priority) take_lowest_priority();
    for (;;) {
        std::move_only_function<void()> job;
        {
            std::unique_lock lock(lock_);
            changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
            if (ending_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        try {
            // For the job, not for the thread: one that waits for a job must not be woken by a timer.
            std::optional<GivingWay> giving_way;
            if (lowest_priority) giving_way.emplace();
            if (giving_way && giving_way->problem() != 0) tell_of_no_timer(giving_way->problem());
            job();
        } catch (std::exception const& thrown) {
            log::error(fmt::format("a job of the pool {} threw: {}", name_, thrown.what()));
        }
    }
}

}  // namespace tollgate::server
