// The services of a running gateway. They are made first and end last: they outlive every generation. Workers come
// later and are reached through two functions that are attached and detached.
#pragma once

#include "plugin/services.hpp"
#include "server/metric_registry.hpp"
#include "server/thread_pool.hpp"

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::server {

class ServerServices final : public plugin::Services {
public:
    using WorkerJob = std::function<void(unsigned worker)>;
    using Doomed = std::function<bool(plugin::Exchange const&)>;

    // `clock` outlives the services.
    ServerServices(Clock const& clock, unsigned worker_count);
    ~ServerServices() override;

    // Until attached and once detached, what is meant for workers is dropped.
    void attach(std::function<void(WorkerJob)> post, std::function<void(Doomed)> end);
    void detach();

    // Joins all pools. What they still post goes to workers that have stopped, but must still be there.
    void stop_pools();

    [[nodiscard]] MetricRegistry& registry() noexcept { return registry_; }

    // The names of the checks that fail; empty: ready.
    [[nodiscard]] std::vector<std::string> not_ready() const;

    [[nodiscard]] Clock const& clock() const noexcept override { return clock_; }
    [[nodiscard]] unsigned worker_count() const noexcept override { return worker_count_; }
    void post_to_workers(WorkerJob job) override;
    [[nodiscard]] plugin::Counter& counter(std::string_view name, std::string_view help,
                                           plugin::Labels labels) override;
    [[nodiscard]] plugin::Histogram& histogram(std::string_view name, std::string_view help,
                                               plugin::Labels labels) override;
    [[nodiscard]] plugin::Pool& pool(std::string_view name, plugin::PoolLimits limits) override;
    void readiness(std::string name, std::function<bool()> ready) override;
    void end_exchanges(Doomed doomed) override;

private:
    [[nodiscard]] std::any kept(std::string const& key, std::function<std::any()> const& make) override;

    Clock const& clock_;
    unsigned worker_count_;
    MetricRegistry registry_;

    mutable std::mutex
        workers_lock_;  // guards post_ and end_; held while they are called, so that detach() waits for calls
    std::function<void(WorkerJob)> post_;
    std::function<void(Doomed)> end_;

    mutable std::mutex checks_lock_;  // guards checks_
    std::map<std::string, std::function<bool()>> checks_;

    std::mutex pools_lock_;  // guards pools_
    std::map<std::string, std::unique_ptr<ThreadPool>, std::less<>> pools_;

    std::recursive_mutex kept_lock_;  // guards kept_; making one thing may ask for another
    std::map<std::string, std::any> kept_;
};

}  // namespace tollgate::server
