#include "upstream/server.hpp"

#include "upstream/balancer.hpp"
#include "upstream/queue.hpp"

namespace tollgate::upstream {
namespace {

steady_time::rep number_of(steady_time time) noexcept { return time.time_since_epoch().count(); }
steady_time time_of(steady_time::rep number) noexcept { return steady_time(steady_time::duration(number)); }

template <class Known, class Make>
auto found_or_made(Known& known, typename Known::key_type const& name, Make make) {
    std::erase_if(known, [](auto const& entry) { return entry.second.expired(); });
    auto& place = known[name];
    auto one = place.lock();
    if (!one) place = one = make();
    return one;
}

template <class Known>
auto alive(Known const& known) {
    std::vector<decltype(known.begin()->second.lock())> all;
    for (auto const& [name, weak] : known) {
        if (auto one = weak.lock()) all.push_back(std::move(one));
    }
    return all;
}

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

std::shared_ptr<Server> Servers::at(std::string const& upstream, std::string const& name) {
    std::scoped_lock const lock(lock_);
    return found_or_made(known_, std::pair(upstream, name), [&] { return std::make_shared<Server>(upstream, name); });
}

std::vector<std::shared_ptr<Server>> Servers::all() const {
    std::scoped_lock const lock(lock_);
    return alive(known_);
}

std::shared_ptr<Queue> Servers::queue_of(std::string const& upstream) {
    std::scoped_lock const lock(lock_);
    return found_or_made(queues_, upstream, [&] { return std::make_shared<Queue>(upstream); });
}

std::vector<std::shared_ptr<Queue>> Servers::queues() const {
    std::scoped_lock const lock(lock_);
    return alive(queues_);
}

}  // namespace tollgate::upstream
