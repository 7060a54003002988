#include "upstream/cluster.hpp"

#include "base/log.hpp"
#include "upstream/queue.hpp"
#include "upstream/retry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>

namespace tollgate::upstream {
namespace {

// That TLS asks each server for.
std::vector<std::string> names_asked(settings::Upstream const& upstream) {
    std::vector<std::string> names;
    for (auto const& server : upstream.servers) {
        bool const named = upstream.tls && !upstream.tls->server_name.empty();
        names.push_back(named ? upstream.tls->server_name : server.host);
    }
    return names;
}

}  // namespace

Cluster::Cluster(settings::Upstream settings, std::vector<std::shared_ptr<Server>> servers, unsigned workers,
                 std::shared_ptr<Queue> queue)
    : settings_(std::move(settings)),
      servers_(std::move(servers)),
      queue_rotation_{Rotation(servers_.size(), 0)},
      queue_(std::move(queue)),
      targets_(names_asked(settings_), workers) {
    assert(!servers_.empty() && servers_.size() <= most_servers);
    for (auto const& server : settings_.servers) authorities_.push_back(server.authority());
    for (unsigned i = 0; i < workers; ++i) of_workers_.push_back({Rotation(servers_.size(), i)});
    auto const has_limit = [](settings::Server const& server) { return server.max_requests.has_value(); };
    limited_ = queue_ && std::ranges::any_of(settings_.servers, has_limit);
}

Cluster::Standings Cluster::standings(steady_time now) const noexcept {
    Standings found{};
    auto best = Standing::down;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        found.of[i] = servers_[i]->standing(now);
        best = std::min(best, found.of[i]);
    }
    found.best = best;
    return found;
}

std::size_t Cluster::pick(std::span<Candidate const> candidates, Rotation& rotation, std::string_view user_id) const {
    if (settings_.balance == settings::Balance::round_robin) return rotation.next(candidates);
    if (settings_.balance == settings::Balance::user_hash && !user_id.empty()) {
        auto const chosen = of_user(candidates, key_of(user_id));
        if (chosen != no_candidate) return chosen;
    }
    return rotation.least_outstanding(candidates);
}

Lease Cluster::lease(std::size_t index) const noexcept {
    auto& server = *servers_[index];
    server.requests.add();
    return {server, index, servers_.size() > 1};
}

Result<Lease> Cluster::choose(unsigned worker, std::string_view user_id, Tried const& tried, steady_time now) {
    if (servers_.size() == 1 && servers_[0]->standing(now) != Standing::down) return lease(0);
    auto const found = standings(now);
    if (found.best == Standing::down) return failure(errc::no_healthy_upstream);
    auto const all = candidates(found, tried, Full::ignored, now);
    auto const chosen = pick({all.data(), servers_.size()}, of_workers_[worker].rotation, user_id);
    if (chosen == no_candidate) return failure(errc::no_healthy_upstream);
    return lease(chosen);
}

Result<std::size_t> Cluster::choose_free(std::string_view user_id, Tried const& tried, steady_time now) {
    if (!has_other(tried, now)) return failure(errc::no_healthy_upstream);
    auto const all = candidates(standings(now), tried, Full::counts, now);
    return pick({all.data(), servers_.size()}, queue_rotation_.rotation, user_id);
}

void Cluster::servers_changed() const {
    if (queue_) queue_->look(std::chrono::steady_clock::now());
}

bool Cluster::has_room(std::size_t index) const noexcept {
    auto const& most = settings_.servers[index].max_requests;
    return !most || servers_[index]->outstanding() < *most;
}

Cluster::Candidates Cluster::candidates(Standings const& found, Tried const& tried, Full full, steady_time now) const {
    Candidates all;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        auto const& server = *servers_[i];
        bool const taken = !tried[i] && found.of[i] == found.best && (full == Full::ignored || has_room(i));
        auto const factor = taken ? slow_start_factor(server.back_since(), settings_.slow_start, now) : 0;
        all[i] = {settings_.servers[i].weight * factor, server.outstanding(), server.key()};
    }
    return all;
}

bool Cluster::has_other(Tried const& tried, steady_time now) const noexcept {
    auto const found = standings(now);
    if (found.best == Standing::down) return false;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        if (!tried[i] && found.of[i] == found.best) return true;
    }
    return false;
}

Destination Cluster::destination(std::size_t server, unsigned worker) const {
    auto const& wanted = settings_.servers[server];
    bool const speaks_tls = wanted.scheme == settings::Scheme::https;
    return {wanted, speaks_tls ? targets_.at(server, worker) : nullptr};
}

void Cluster::tls_failed(std::size_t server, std::string_view problem, steady_time now) const {
    auto& failed = *servers_[server];
    if (!failed.tls_failed(now)) return;
    log::warning(fmt::format("upstream {}: no TLS with server {}: {}", settings_.name, failed.name(), problem));
}

bool Cluster::admits_repetition() const noexcept {
    unsigned outstanding = 0;
    for (auto const& server : servers_) outstanding += server->outstanding();
    return upstream::admits_repetition(repetitions_.load(std::memory_order_relaxed), outstanding);
}

bool Cluster::is_failure(unsigned status) const noexcept {
    return std::ranges::any_of(settings_.ejection.statuses,
                               [status](settings::StatusRange range) { return range.contains(status); });
}

void Cluster::failed(Lease const& lease, steady_time now) {
    lease->failures.add();
    if (servers_.size() == 1 || !lease->request_failed(settings_.ejection, now)) return;
    auto const seconds = std::chrono::duration<double>(lease->ejected_until() - now).count();
    log::warning(fmt::format("upstream {}: server {} failed and gets no requests for {:.1f} s", settings_.name,
                             lease->name(), seconds));
}

}  // namespace tollgate::upstream
