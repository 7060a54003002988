#include "upstream/queue.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tollgate::upstream {

namespace {

bool has_all_of(Cluster const& one, Cluster const& other) {
    return std::ranges::all_of(other.servers(), [&](auto const& server) {
        return std::ranges::find(one.servers(), server) != one.servers().end();
    });
}

// Servers may come and go, but not all of them at once.
bool is_same_service(Cluster const& one, Cluster const& other) {
    return one.settings().base_path == other.settings().base_path && (has_all_of(one, other) || has_all_of(other, one));
}

}  // namespace

void Queue::follow(std::shared_ptr<Cluster> const& cluster, steady_time now) {
    std::scoped_lock const lock(lock_);
    followed_ = cluster;
    serve(now);
}

// When no configuration names the upstream any more, or it is another service by now, those that wait go on by the one
// that they came with: what their route says, such as a key, is for that service.
std::shared_ptr<Cluster> Queue::cluster_for(std::shared_ptr<Cluster> const& own) const {
    auto followed = followed_.lock();
    return followed && is_same_service(*followed, *own) ? followed : own;
}

Result<Lease> Queue::take(std::shared_ptr<Cluster> cluster, std::string_view user_id, Tried const& tried,
                          steady_time now) {
    auto const index = cluster->choose_free(user_id, tried, now);
    if (!index) return std::unexpected(index.error());
    if (*index == no_candidate) return Lease();
    return Lease(std::move(cluster), *index);
}

Result<Lease> Queue::enter(std::shared_ptr<Cluster> const& cluster, std::string_view user_id, steady_time now) {
    std::scoped_lock const lock(lock_);
    // What is free after that nobody who waits can use: a newcomer passes none of them.
    if (order_.size() > 0) serve(now);
    return take(cluster_for(cluster), user_id, {}, now);
}

settings::Queue Queue::rules(std::shared_ptr<Cluster> const& own) const {
    std::scoped_lock const lock(lock_);
    return cluster_for(own)->settings().queue;
}

Result<std::size_t> Queue::join(Waiter& waiter, At at, steady_time now) {
    std::scoped_lock const lock(lock_);
    auto const cluster = cluster_for(waiter.cluster);
    auto const& settings = cluster->settings().queue;
    auto const line_up = [&]() -> Result<std::size_t> {
        if (at == At::front) return order_.join_in_front(waiter);
        return order_.join(waiter, waiter.user, {settings.most, settings.most_per_user});
    };
    auto position = line_up();
    if (auto* const other = position ? nullptr : order_.who_gives_way_to(waiter.user)) {
        refuse(static_cast<Waiter&>(*other));
        position = line_up();
    }
    if (position) serve(now);
    return position;
}

void Queue::refuse(Waiter& waiter) {
    order_.leave(waiter);
    waiter.result_.emplace(failure(errc::queue_full));
    waiter.called();
}

std::optional<Result<Lease>> Queue::result(Waiter& waiter) {
    std::scoped_lock const lock(lock_);
    return std::exchange(waiter.result_, std::nullopt);
}

std::optional<Result<Lease>> Queue::leave(Waiter& waiter) noexcept {
    std::scoped_lock const lock(lock_);
    order_.leave(waiter);
    return std::exchange(waiter.result_, std::nullopt);
}

void Queue::look(steady_time now) {
    std::scoped_lock const lock(lock_);
    serve(now);
}

void Queue::give_back(Server& server) noexcept {
    std::scoped_lock const lock(lock_);
    server.end_request();
    if (order_.size() > 0) serve(std::chrono::steady_clock::now());
}

void Queue::serve(steady_time now) {
    order_.offer([&](FairOrder::Entry& entry) {
        auto& waiter = static_cast<Waiter&>(entry);
        auto cluster = cluster_for(waiter.cluster);
        // Servers are counted within their cluster: those of another one have not failed with this request.
        auto const tried = cluster == waiter.cluster ? waiter.tried : Tried{};
        auto taken = take(std::move(cluster), waiter.user_id, tried, now);
        if (taken && !*taken) return false;
        waiter.result_.emplace(std::move(taken));
        waiter.called();
        return true;
    });
}

std::size_t Queue::waiting() const {
    std::scoped_lock const lock(lock_);
    return order_.size();
}

std::vector<Queue::Load> Queue::loads() const {
    std::scoped_lock const lock(lock_);
    std::vector<Load> loads;
    auto const cluster = followed_.lock();
    if (!cluster) return loads;
    for (std::size_t i = 0; i < cluster->servers().size(); ++i) {
        auto const& server = *cluster->servers()[i];
        if (auto const most = cluster->settings().servers[i].max_requests)
            loads.push_back({server.name(), server.outstanding(), *most});
    }
    return loads;
}

}  // namespace tollgate::upstream
