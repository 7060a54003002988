#include "upstream/cluster.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>

namespace tollgate::upstream {

Lease::Lease(Server& server, std::size_t index, bool counted) noexcept
    : server_(&server), index_(index), counted_(counted) {
    if (counted_) server_->begin_request();
}

Lease& Lease::operator=(Lease&& other) noexcept {
    if (this == &other) return *this;
    end();
    server_ = std::exchange(other.server_, nullptr);
    index_ = other.index_;
    counted_ = std::exchange(other.counted_, false);
    return *this;
}

void Lease::end() noexcept {
    if (counted_) server_->end_request();
    counted_ = false;
}

Cluster::Cluster(settings::Upstream settings, std::vector<std::shared_ptr<Server>> servers, unsigned workers)
    : settings_(std::move(settings)), servers_(std::move(servers)) {
    assert(!servers_.empty() && servers_.size() <= most_servers);
    for (auto const& server : settings_.servers) authorities_.push_back(server.authority());
    for (unsigned i = 0; i < workers; ++i) of_workers_.push_back({Rotation(servers_.size(), i)});
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

std::size_t Cluster::pick(std::span<Candidate const> candidates, unsigned worker, std::string_view user_id) {
    auto& rotation = of_workers_[worker].rotation;
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
    std::array<Candidate, most_servers> candidates;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        auto const& server = *servers_[i];
        bool const taken = !tried[i] && found.of[i] == found.best;
        auto const factor = taken ? slow_start_factor(server.back_since(), settings_.slow_start, now) : 0;
        candidates[i] = {settings_.servers[i].weight * factor, server.outstanding(), server.key()};
    }
    auto const chosen = pick({candidates.data(), servers_.size()}, worker, user_id);
    if (chosen == no_candidate) return failure(errc::no_healthy_upstream);
    return lease(chosen);
}

bool Cluster::has_other(Tried const& tried, steady_time now) const noexcept {
    auto const found = standings(now);
    if (found.best == Standing::down) return false;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        if (!tried[i] && found.of[i] == found.best) return true;
    }
    return false;
}

void Cluster::use_tls(std::shared_ptr<net::TlsClientContext const> context) {
    std::vector<std::shared_ptr<net::TlsTarget>> targets;
    for (std::size_t i = 0; i < servers_.size() * of_workers_.size(); ++i)
        targets.push_back(std::make_shared<net::TlsTarget>(context, name_asked(i / of_workers_.size())));
    std::scoped_lock const lock(tls_lock_);
    tls_ = std::move(context);
    targets_ = std::move(targets);
}

// That TLS asks a server for.
std::string Cluster::name_asked(std::size_t server) const {
    auto const& named = settings_.tls ? settings_.tls->server_name : std::string();
    return named.empty() ? settings_.servers[server].host : named;
}

Destination Cluster::destination(std::size_t server, unsigned worker) const {
    auto const& wanted = settings_.servers[server];
    if (wanted.scheme != settings::Scheme::https) return {wanted, nullptr};
    std::scoped_lock const lock(tls_lock_);
    if (worker < of_workers_.size() && !targets_.empty())
        return {wanted, targets_[server * of_workers_.size() + worker]};
    return {wanted, std::make_shared<net::TlsTarget>(tls_, name_asked(server))};
}

void Cluster::tls_failed(std::size_t server, std::string_view problem, steady_time now) const {
    auto& failed = *servers_[server];
    if (!failed.tls_failed(problem, now)) return;
    log::warning(fmt::format("upstream {}: no TLS with server {}: {}", settings_.name, failed.name(), problem));
}

void Cluster::failed(Lease const& lease, steady_time now) {
    lease->failures.add();
    if (servers_.size() == 1 || !lease->request_failed(settings_.ejection, now)) return;
    auto const seconds = std::chrono::duration<double>(lease->ejected_until() - now).count();
    log::warning(fmt::format("upstream {}: server {} failed and gets no requests for {:.1f} s", settings_.name,
                             lease->name(), seconds));
}

}  // namespace tollgate::upstream
