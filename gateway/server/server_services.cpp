#include "server/server_services.hpp"

#include <utility>

namespace tollgate::server {

ServerServices::ServerServices(Clock const& clock, unsigned worker_count)
    : clock_(clock), worker_count_(worker_count) {}

ServerServices::~ServerServices() = default;

void ServerServices::attach(std::function<void(WorkerJob)> post, std::function<void(Doomed)> end) {
    std::scoped_lock const lock(workers_lock_);
    post_ = std::move(post);
    end_ = std::move(end);
}

void ServerServices::detach() { attach(nullptr, nullptr); }

void ServerServices::stop_pools() {
    std::scoped_lock const lock(pools_lock_);
    pools_.clear();
}

std::vector<std::string> ServerServices::not_ready() const {
    std::scoped_lock const lock(checks_lock_);
    std::vector<std::string> names;
    for (auto const& [name, ready] : checks_) {
        if (!ready()) names.push_back(name);
    }
    return names;
}

void ServerServices::post_to_workers(WorkerJob job) {
    std::scoped_lock const lock(workers_lock_);
    if (post_) post_(std::move(job));
}

void ServerServices::end_exchanges(Doomed doomed) {
    std::scoped_lock const lock(workers_lock_);
    if (end_) end_(std::move(doomed));
}

plugin::Counter& ServerServices::counter(std::string_view name, std::string_view help, plugin::Labels labels) {
    return registry_.counter(name, help, labels);
}

plugin::Histogram& ServerServices::histogram(std::string_view name, std::string_view help, plugin::Labels labels) {
    return registry_.histogram(name, help, labels);
}

plugin::Pool& ServerServices::pool(std::string_view name, plugin::PoolLimits limits) {
    std::scoped_lock const lock(pools_lock_);
    auto& pool = pools_[std::string(name)];
    if (!pool) pool = std::make_unique<ThreadPool>(std::string(name), limits);
    return *pool;
}

void ServerServices::readiness(std::string name, std::function<bool()> ready) {
    std::scoped_lock const lock(checks_lock_);
    checks_[std::move(name)] = std::move(ready);
}

std::any ServerServices::kept(std::string const& key, std::function<std::any()> const& make) {
    std::scoped_lock const lock(kept_lock_);
    auto const found = kept_.find(key);
    if (found != kept_.end()) return found->second;
    return kept_[key] = make();
}

}  // namespace tollgate::server
