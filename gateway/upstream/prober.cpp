#include "upstream/prober.hpp"

#include "base/log.hpp"
#include "http/head.hpp"
#include "http/head_writer.hpp"
#include "upstream/dial.hpp"
#include "upstream/head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace tollgate::upstream {
namespace {

constexpr std::size_t most_head_bytes = 16 * 1024;

// The status of the first final answer.
net::Task<Result<unsigned>> read_status(Connection& connection) {
    for (;;) {
        auto const size = co_await next_head(connection, most_head_bytes);
        if (!size) co_return std::unexpected(size.error());
        http::ResponseHead head;
        auto const read =
            http::read_response_head(connection.buffer.text().substr(0, *size), {.head_bytes = most_head_bytes}, head);
        if (!read) co_return std::unexpected(read.error());
        if (head.status >= 200) co_return head.status;
        connection.buffer.consume(*size);
    }
}

}  // namespace

// One server that is asked again and again. Shared with the question that is under way.
struct Prober::Probe {
    Probe(std::shared_ptr<Cluster> of, std::size_t which)
        : cluster(std::move(of)),
          index(which),
          request(http::own_get_request(settings().health.path, settings().servers[index].authority())) {}

    [[nodiscard]] settings::Upstream const& settings() const noexcept { return cluster->settings(); }

    // Ends the question that is under way.
    void end(errc why) {
        if (ended == errc{}) ended = why;
        if (connection) connection->stream->interrupt(why);
    }

    [[nodiscard]] net::Task<Result<unsigned>> status(net::Worker& worker, net::Resolver& resolver) {
        auto const connected = co_await dial(worker, resolver, cluster->destination(index, worker.index()),
                                             settings().health.timeout, ended, connection);
        if (!connected) co_return std::unexpected(connected.error());
        net::Gather gather;
        gather.add(request);
        if (auto const sent = co_await connection->stream->write_rest(gather, {}); !sent)
            co_return std::unexpected(sent.error());
        co_return co_await read_status(*connection);
    }

    [[nodiscard]] bool is_good(Result<unsigned> const& status) const {
        return status && std::ranges::any_of(settings().health.statuses,
                                             [&](settings::StatusRange range) { return range.contains(*status); });
    }

    void note(Result<unsigned> const& status) const {
        auto& server = *cluster->servers()[index];
        if (!server.probed(is_good(status), settings().health, net::Worker::now())) return;
        auto const why = status ? std::to_string(*status) : status.error().message();
        log::warning(fmt::format("upstream {}: server {} is {} ({} says {})", settings().name, server.name(),
                                 is_good(status) ? "up again" : "down", settings().health.path, why));
        cluster->servers_changed();
    }

    std::shared_ptr<Cluster> cluster;
    std::size_t index;
    std::string request;
    ConnectionPtr connection;
    errc ended{};
    bool dismissed = false;
    std::unique_ptr<net::Deadline> next;
    net::Deadline overdue{[this] { end(errc::upstream_timeout); }};
};

Prober::Prober(net::Resolver& resolver, unsigned index) : resolver_(resolver), worker_(index) {}

Prober::~Prober() { stop(); }

void Prober::watch(std::vector<std::shared_ptr<Cluster>> const& clusters) {
    if (stopped_) return;
    std::vector<std::shared_ptr<Probe>> probes;
    std::vector<std::shared_ptr<Server>> others;
    for (auto const& cluster : clusters) {
        for (std::size_t i = 0; i < cluster->servers().size(); ++i) {
            if (cluster->settings().health.path.empty()) others.push_back(cluster->servers()[i]);
            else probes.push_back(std::make_shared<Probe>(cluster, i));
        }
    }
    if (probes.empty() && !started_) return;  // nothing was ever asked
    worker_.post([this, probes = std::move(probes), others = std::move(others)]() mutable {
        ask_only(std::move(probes));
        // Only now: an answer that was under way could have come in between, and would count for good.
        for (auto const& server : others) server->forget_probes();
    });
    if (!std::exchange(started_, true)) worker_.start();
}

void Prober::stop() {
    if (std::exchange(stopped_, true)) return;
    worker_.stop(net::Worker::Ending::at_once);
}

void Prober::ask_only(std::vector<std::shared_ptr<Probe>> probes) {
    for (auto const& probe : probes_) {
        probe->dismissed = true;
        probe->next->disarm();
        probe->end(errc::cancelled);
    }
    probes_ = std::move(probes);
    for (auto const& probe : probes_) {
        probe->next = std::make_unique<net::Deadline>([this, again = std::weak_ptr(probe)] {
            if (auto const one = again.lock()) ask(one);
        });
        ask(probe);
    }
}

void Prober::ask(std::shared_ptr<Probe> const& probe) { worker_.spawn(run(probe)); }

net::Task<> Prober::run(std::shared_ptr<Probe> probe) {
    probe->ended = {};
    worker_.arm(probe->overdue, probe->settings().health.timeout);
    auto const status = co_await probe->status(worker_, resolver_);
    probe->overdue.disarm();
    auto const problem = probe->connection ? probe->connection->stream->tls_problem() : std::string_view{};
    probe->connection.reset();
    if (probe->dismissed) co_return;
    if (!problem.empty()) probe->cluster->tls_failed(probe->index, problem, net::Worker::now());
    probe->note(status);
    worker_.arm(*probe->next, probe->settings().health.interval);
}

}  // namespace tollgate::upstream
