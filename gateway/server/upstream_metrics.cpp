#include "server/upstream_metrics.hpp"

#include "proxy/generation.hpp"
#include "upstream/servers.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace tollgate::server {
namespace {

using Readings = MetricRegistry::Readings;

std::function<Readings()> reading(std::shared_ptr<upstream::Servers> const& servers,
                                  double (*value)(upstream::Server const&)) {
    return [servers, value] {
        Readings readings;
        for (auto const& server : servers->all())
            readings.emplace_back(plugin::Labels{{"upstream", server->upstream()}, {"server", server->name()}},
                                  value(*server));
        return readings;
    };
}

double requests(upstream::Server const& server) { return static_cast<double>(server.requests.total()); }
double failures(upstream::Server const& server) { return static_cast<double>(server.failures.total()); }
double healthy(upstream::Server const& server) {
    return server.standing(std::chrono::steady_clock::now()) == upstream::Server::Standing::up ? 1 : 0;
}

// Of the servers with a limit.
std::function<Readings()> reading_loads(std::shared_ptr<upstream::Servers> const& servers,
                                        unsigned upstream::Queue::Load::* value) {
    return [servers, value] {
        Readings readings;
        for (auto const& queue : servers->queues()) {
            for (auto const& load : queue->loads())
                readings.emplace_back(plugin::Labels{{"upstream", queue->upstream()}, {"server", load.server}},
                                      load.*value);
        }
        return readings;
    };
}

// Of the upstreams whose servers have a limit, and of those that had one and where somebody waits still.
Readings waiting(upstream::Servers const& servers) {
    Readings readings;
    for (auto const& queue : servers.queues()) {
        auto const count = queue->waiting();
        if (count > 0 || !queue->loads().empty())
            readings.emplace_back(plugin::Labels{{"upstream", queue->upstream()}}, static_cast<double>(count));
    }
    return readings;
}

}  // namespace

void register_upstreams(ServerServices& services) {
    auto const servers = proxy::servers_of(services);
    auto& registry = services.registry();
    registry.counts("upstream_requests", "How often a server was chosen for a request, reachable or not.",
                    reading(servers, requests));
    registry.counts("upstream_failures", "Requests that failed by the fault of a server.", reading(servers, failures));
    registry.gauges("upstream_healthy", "1 while a server gets requests, 0 while it is down or ejected.",
                    reading(servers, healthy));
    registry.gauges("upstream_waiting", "Requests that wait for a server of an upstream.",
                    [servers] { return waiting(*servers); });
    registry.gauges("upstream_running", "Requests that a server with a limit has at the moment.",
                    reading_loads(servers, &upstream::Queue::Load::running));
    registry.gauges("upstream_max_requests", "Requests that a server is given at a time.",
                    reading_loads(servers, &upstream::Queue::Load::most));
}

}  // namespace tollgate::server
