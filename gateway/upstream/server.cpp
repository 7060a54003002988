#include "upstream/server.hpp"

#include "upstream/balancer.hpp"

#include <chrono>
#include <utility>

namespace tollgate::upstream {
namespace {

steady_time::rep number_of(steady_time time) noexcept { return time.time_since_epoch().count(); }
steady_time time_of(steady_time::rep number) noexcept { return steady_time(steady_time::duration(number)); }

}  // namespace

Server::Server(std::string upstream, std::string name)
    : upstream_(std::move(upstream)), name_(std::move(name)), key_(key_of(name_)) {
    publish();
}

Server::Standing Server::standing(steady_time now) const noexcept {
    if (down_.load(std::memory_order_relaxed)) return Standing::down;
    return now < ejected_until() ? Standing::ejected : Standing::up;
}

steady_time Server::ejected_until() const noexcept { return time_of(ejected_until_.load(std::memory_order_relaxed)); }

steady_time Server::back_since() const noexcept { return time_of(back_since_.load(std::memory_order_relaxed)); }

bool Server::request_failed(settings::Ejection const& rules, steady_time now) {
    std::scoped_lock const lock(lock_);
    bool const ejects = health_.request_failed(rules, now);
    publish();
    return ejects;
}

void Server::forgive() {
    std::scoped_lock const lock(lock_);
    health_.request_succeeded(std::chrono::steady_clock::now());
    publish();
}

bool Server::probed(bool well, settings::HealthCheck const& rules, steady_time now) {
    std::scoped_lock const lock(lock_);
    bool const changed = health_.probed(well, rules, now);
    publish();
    return changed;
}

void Server::forget_probes() {
    std::scoped_lock const lock(lock_);
    health_.forget_probes();
    publish();
}

void Server::publish() noexcept {
    has_failed_.store(health_.has_failed(), std::memory_order_relaxed);
    down_.store(health_.down(), std::memory_order_relaxed);
    ejected_until_.store(number_of(health_.ejected_until()), std::memory_order_relaxed);
    back_since_.store(number_of(health_.back_since()), std::memory_order_relaxed);
}

}  // namespace tollgate::upstream
