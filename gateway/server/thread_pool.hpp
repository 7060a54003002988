// plugin::Pool on threads of its own. The destructor finishes the jobs that run and drops those that wait; who awaits a
// dropped job is never resumed, so pools end after the workers have run dry.
#pragma once

#include "plugin/services.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::server {

class ThreadPool final : public plugin::Pool {
public:
    ThreadPool(std::string name, plugin::PoolLimits limits);
    ThreadPool(ThreadPool const&) = delete;
    ThreadPool& operator=(ThreadPool const&) = delete;
    ~ThreadPool() override;

    [[nodiscard]] bool submit(std::move_only_function<void()>& job) override;

private:
    void work(bool lowest_priority);

    std::string name_;
    std::size_t most_waiting_;
    std::mutex lock_;  // guards jobs_ and ending_
    std::condition_variable changed_;
    std::deque<std::move_only_function<void()>> jobs_;
    bool ending_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace tollgate::server
