#include "server/upstream_metrics.hpp"

#include "proxy/generation.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace tollgate::server {
namespace {

using upstream::Server;
using Readings = MetricRegistry::Readings;

std::function<Readings()> reading(std::shared_ptr<upstream::Servers> const& servers, double (*value)(Server const&)) {
    return [servers, value] {
        Readings readings;
        for (auto const& server : servers->all())
            readings.emplace_back(plugin::Labels{{"upstream", server->upstream()}, {"server", server->name()}},
                                  value(*server));
        return readings;
    };
}

double requests(Server const& server) { return static_cast<double>(server.requests.total()); }
double failures(Server const& server) { return static_cast<double>(server.failures.total()); }
double healthy(Server const& server) {
    return server.standing(std::chrono::steady_clock::now()) == Server::Standing::up ? 1 : 0;
}

}  // namespace

void register_upstreams(ServerServices& services) {
    auto const servers = proxy::servers_of(services);
    auto& registry = services.registry();
    registry.counts("upstream_requests", "Requests sent to a server, repeated ones included.",
                    reading(servers, requests));
    registry.counts("upstream_failures", "Requests that a server refused, broke off or left unanswered.",
                    reading(servers, failures));
    registry.gauges("upstream_healthy", "1 while a server gets requests, 0 while it is down or ejected.",
                    reading(servers, healthy));
}

}  // namespace tollgate::server
