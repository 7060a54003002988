// The servers of one upstream, as one configuration names them, and the choice among them. Shared by all workers:
// counts and health are the process's (upstream/server), each worker has a rotation of its own. An upstream with one
// server costs a look at whether it is down. Where a server takes only so many requests at a time upstream/queue has
// the last word, under its lock.
#pragma once

#include "base/error.hpp"
#include "net/tls_client.hpp"
#include "settings/settings.hpp"
#include "upstream/balancer.hpp"
#include "upstream/dial.hpp"
#include "upstream/lease.hpp"
#include "upstream/server.hpp"
#include "upstream/targets.hpp"

#include <array>
#include <atomic>
#include <bitset>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::upstream {

using settings::most_servers;

// The servers that have failed with a request already.
using Tried = std::bitset<most_servers>;

class Queue;

class Cluster {
public:
    // `servers` stand in the order of the settings. Without a `queue` no limit counts.
    Cluster(settings::Upstream settings, std::vector<std::shared_ptr<Server>> servers, unsigned workers,
            std::shared_ptr<Queue> queue = nullptr);

    [[nodiscard]] settings::Upstream const& settings() const noexcept { return settings_; }
    [[nodiscard]] std::vector<std::shared_ptr<Server>> const& servers() const noexcept { return servers_; }

    // A server for a request, chosen on `worker`; `user_id` is empty when nobody is known. None of those `tried`.
    // Servers that are down get nothing; those that are ejected only when every server of the upstream that is not down
    // is ejected: failures of requests alone never make an outage. errc::no_healthy_upstream when there is none.
    [[nodiscard]] Result<Lease> choose(unsigned worker, std::string_view user_id, Tried const& tried, steady_time now);

    // Whether a server takes only so many requests at a time: then places come from queue() and not from choose().
    [[nodiscard]] bool is_limited() const noexcept { return limited_; }
    [[nodiscard]] Queue& queue() const noexcept { return *queue_; }

    // As choose(), among servers with a free place, with the lock of the queue. no_candidate: those that could be asked
    // have none. A server with room is not asked for another that stands better and is full.
    [[nodiscard]] Result<std::size_t> choose_free(std::string_view user_id, Tried const& tried, steady_time now);

    // Something was found out about the servers: who waits may get a place now, or has none to wait for.
    void servers_changed() const;

    // Whether choose() would find one.
    [[nodiscard]] bool has_other(Tried const& tried, steady_time now) const noexcept;

    // The Host of a server, when it is told its own.
    [[nodiscard]] std::string const& authority(std::size_t server) const noexcept { return authorities_[server]; }

    // See Targets: for the servers that are https://. Thread-safe.
    void use_tls(std::shared_ptr<net::TlsClientContext const> context) { targets_.use(std::move(context)); }

    // Where to connect to. `worker` has sessions of its own there; one beyond those of the upstream, as the prober is,
    // has none.
    [[nodiscard]] Destination destination(std::size_t server, unsigned worker) const;

    // TLS with a server failed: says so in the log, once in a while. Thread-safe.
    void tls_failed(std::size_t server, std::string_view problem, steady_time now) const;

    // Whether one more request may be repeated after silence (see retry). Workers that ask at the same moment may
    // exceed the bound by one each.
    [[nodiscard]] bool admits_repetition() const noexcept;

    // Whether an answer with `status` counts as a failure of its server, because the operator said so.
    [[nodiscard]] bool is_failure(unsigned status) const noexcept;

    // What came of a request. A failure of the only server changes nothing: there is nobody else to ask.
    void failed(Lease const& lease, steady_time now);
    static void succeeded(Lease const& lease) noexcept { lease->request_succeeded(); }

private:
    using Standing = Server::Standing;

    // Of each server, and the best among them: only servers that stand so are chosen. down: there is none.
    struct Standings {
        std::array<Standing, most_servers> of;
        Standing best;
    };
    [[nodiscard]] Standings standings(steady_time now) const noexcept;
    enum class Full { counts, ignored };
    using Candidates = std::array<Candidate, most_servers>;
    [[nodiscard]] Candidates candidates(Standings const& found, Tried const& tried, Full full, steady_time now) const;
    [[nodiscard]] bool has_room(std::size_t index) const noexcept;
    [[nodiscard]] Lease lease(std::size_t index) const noexcept;
    [[nodiscard]] std::size_t pick(std::span<Candidate const> candidates, Rotation& rotation,
                                   std::string_view user_id) const;

    settings::Upstream settings_;
    std::vector<std::shared_ptr<Server>> servers_;
    std::vector<std::string> authorities_;
    struct alignas(64) OfWorker {
        Rotation rotation;
    };
    std::vector<OfWorker> of_workers_;
    OfWorker queue_rotation_;  // goes with the lock of the queue
    std::shared_ptr<Queue> queue_;
    bool limited_;
    std::atomic<unsigned> repetitions_{0};  // after silence
    friend class Repetition;

    Targets targets_;
};

}  // namespace tollgate::upstream
