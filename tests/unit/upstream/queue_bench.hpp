// A queue with its cluster, and guests who wait in it; the clock stands still.
#pragma once

#include "upstream/queue.hpp"
#include "upstream/servers.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::test {

using namespace std::chrono_literals;
using settings::Balance;
using upstream::Cluster;
using upstream::Lease;
using upstream::Queue;
using upstream::Server;
using upstream::Tried;

using Limits = std::vector<std::optional<unsigned>>;

inline settings::Upstream upstream_of(Limits const& limits, Balance balance = Balance::least_outstanding) {
    settings::Upstream upstream{.name = "gpu", .balance = balance, .ejection = {.failures = 1, .first = 10s}};
    for (auto const& limit : limits) {
        auto const port = static_cast<std::uint16_t>(8000 + upstream.servers.size());
        upstream.servers.push_back({.host = "a", .port = port, .max_requests = limit});
    }
    return upstream;
}

struct Bench {
    explicit Bench(settings::Upstream const& upstream) : queue(servers.queue_of("gpu")), cluster(made(upstream)) {}
    ~Bench() {
        for (auto& guest : guests) queue->leave(guest.waiter);
    }

    std::shared_ptr<Cluster> made(settings::Upstream const& upstream) {
        std::vector<std::shared_ptr<Server>> named;
        for (auto const& server : upstream.servers) named.push_back(servers.at(upstream.name, server.name()));
        return std::make_shared<Cluster>(upstream, std::move(named), 2, queue);
    }
    void follow(settings::Upstream const& upstream) {
        cluster = made(upstream);
        queue->follow(cluster, now);
    }

    struct Guest {
        Queue::Waiter waiter;
        int calls = 0;
    };
    Guest& wait(std::string const& user, Queue::At at = Queue::At::end, Tried tried = {}) {
        auto& guest = guests.emplace_back();
        guest.waiter.cluster = cluster;
        guest.waiter.user = guest.waiter.user_id = user;
        guest.waiter.tried = tried;
        guest.waiter.called = [&guest] { ++guest.calls; };
        position = queue->join(guest.waiter, at, now).value_or(0);
        return guest;
    }
    Result<Lease> enter(std::string_view user = {}) { return queue->enter(cluster, user, now); }
    // The server that the guest was given; "no" while he waits, "down" when there is none.
    std::string served(Guest& guest) {
        auto result = queue->result(guest.waiter);
        if (!result) return "no";
        if (!*result) return result->error() == errc::no_healthy_upstream ? "down" : "?";
        auto& lease = leases.emplace_back(std::move(**result));
        return lease->name();
    }
    unsigned running(std::size_t index) { return cluster->servers()[index]->outstanding(); }
    void probe(std::size_t index, bool well) {
        for (unsigned i = 0; i < 3; ++i) (void)cluster->servers()[index]->probed(well, cluster->settings().health, now);
    }

    upstream::Servers servers;
    std::shared_ptr<Queue> queue;
    std::shared_ptr<Cluster> cluster;
    steady_time now = std::chrono::steady_clock::now();
    std::deque<Lease> leases;
    std::deque<Guest> guests;
    std::size_t position = 0;
};

}  // namespace tollgate::test
