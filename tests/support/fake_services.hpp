// Services for the tests of plugins: a clock that the test moves, one real thread per pool, and a memory of what was
// asked. There are no workers: what is posted to them runs on the caller when the test says run_posted().
#pragma once

#include "plugin/services.hpp"
#include "support/manual_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <any>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::testing {

class FakePool final : public plugin::Pool {
public:
    FakePool() : thread_([this] { run(); }) {}
    FakePool(FakePool const&) = delete;
    FakePool& operator=(FakePool const&) = delete;
    ~FakePool() override {
        {
            std::lock_guard const lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_all();
        thread_.join();
    }

    [[nodiscard]] bool submit(std::move_only_function<void()>& job) override {
        std::lock_guard const lock(mutex_);
        if (full_) return false;
        jobs_.push_back(std::move(job));
        wake_.notify_all();
        return true;
    }

    // From now on every job is refused, or none.
    void set_full(bool full) {
        std::lock_guard const lock(mutex_);
        full_ = full;
    }
    [[nodiscard]] std::size_t jobs_done() {
        std::lock_guard const lock(mutex_);
        return jobs_done_;
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            auto job = std::move(jobs_.front());
            jobs_.pop_front();
            ++jobs_done_;
            lock.unlock();
            job();
            job = nullptr;
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::move_only_function<void()>> jobs_;
    std::size_t jobs_done_ = 0;
    bool full_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

class FakeServices final : public plugin::Services {
public:
    using Doomed = std::function<bool(plugin::Exchange const&)>;

    explicit FakeServices(unsigned workers = 1) : workers_(workers) {}

    ManualClock time;

    // For coroutines that ask a pool: it must outlive the pools' threads, which may still be inside a post when what
    // they posted has run.
    boost::asio::io_context context{1};

    [[nodiscard]] Clock const& clock() const noexcept override { return time; }
    [[nodiscard]] unsigned worker_count() const noexcept override { return workers_; }

    void post_to_workers(std::function<void(unsigned)> job) override {
        std::lock_guard const lock(mutex_);
        posted_.push_back(std::move(job));
    }
    void end_exchanges(Doomed doomed) override {
        std::lock_guard const lock(mutex_);
        doomed_.push_back(std::move(doomed));
    }

    [[nodiscard]] plugin::Counter& counter(std::string_view name, std::string_view, plugin::Labels labels) override {
        return counters_[{std::string(name), std::move(labels)}];
    }
    [[nodiscard]] plugin::Histogram& histogram(std::string_view name, std::string_view,
                                               plugin::Labels labels) override {
        return histograms_[{std::string(name), std::move(labels)}];
    }
    [[nodiscard]] plugin::Pool& pool(std::string_view name, plugin::PoolLimits limits) override {
        pool_limits[std::string(name)] = limits;
        return pools[std::string(name)];
    }
    void readiness(std::string name, std::function<bool()> ready) override {
        readiness_checks[std::move(name)] = std::move(ready);
    }

    // Runs what was posted, once per worker, on the calling thread; how many jobs there were.
    std::size_t run_posted() {
        std::vector<std::function<void(unsigned)>> jobs;
        {
            std::lock_guard const lock(mutex_);
            jobs.swap(posted_);
        }
        for (auto const& job : jobs) {
            for (unsigned worker = 0; worker < workers_; ++worker) job(worker);
        }
        return jobs.size();
    }
    [[nodiscard]] std::vector<Doomed> take_doomed() {
        std::lock_guard const lock(mutex_);
        return std::exchange(doomed_, {});
    }

    std::map<std::string, plugin::PoolLimits> pool_limits;
    std::map<std::string, std::function<bool()>> readiness_checks;

protected:
    [[nodiscard]] std::any kept(std::string const& key, std::function<std::any()> const& make) override {
        auto found = kept_.find(key);
        if (found == kept_.end()) found = kept_.emplace(key, make()).first;
        return found->second;
    }

private:
    using Series = std::pair<std::string, plugin::Labels>;

    unsigned workers_;
    std::mutex mutex_;  // guards what other threads hand in
    std::vector<std::function<void(unsigned)>> posted_;
    std::vector<Doomed> doomed_;
    std::map<Series, plugin::Counter> counters_;
    std::map<Series, plugin::Histogram> histograms_;

public:
    std::map<std::string, FakePool> pools;

private:
    std::map<std::string, std::any> kept_;  // dies first: a feed may still post
};

}  // namespace tollgate::testing
