// The services behind: `name: http://host:port/base` (also https:// and unix:), or a map when more than the URL is
// said.
#include "settings/readers.hpp"

#include "base/host_name.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_upstreams = 1000;
constexpr std::size_t most_name_bytes = 64;
constexpr unsigned most_weight = 1000;

bool is_name(std::string_view text) { return text.size() <= most_name_bytes && is_host_name(text); }

using Limit = std::optional<unsigned>;

// Whatever is wrong with its URL, a server is there: there is always one, and errors are told alone.
void read_only_server(SettingsNode const& node, Upstream& into) {
    auto url = read_upstream_url(node.text());
    if (!url) node.fail(url.error());
    auto read = std::move(url).value_or(UpstreamUrl{});
    into.servers.push_back(std::move(read.server));
    into.base_path = std::move(read.base_path);
}

// A request goes to any of the servers with the same path.
void read_server(SettingsNode const& node, Limit max_requests, Upstream& into) {
    auto const at = node.is_map() ? node.required("url") : node;
    auto url = read_upstream_url(at.text());
    if (url) url->server.max_requests = max_requests;
    if (node.is_map()) {
        auto const limit = read_max_requests(node["max_requests"], max_requests);
        into.names_limit = into.names_limit || node["max_requests"].present();
        if (url) url->server.max_requests = limit;
        auto const weight = read_count(node["weight"], Server{}.weight, {1, most_weight});
        if (url) url->server.weight = static_cast<unsigned>(weight);
    }
    if (!url) return at.fail(url.error());
    if (into.servers.empty()) into.base_path = url->base_path;
    if (url->base_path != into.base_path)
        return at.fail("the servers of one upstream have one path: the first has " +
                       backquoted(into.base_path.empty() ? "/" : into.base_path));
    // To a server behind http:// everything goes in the clear: beside https:// that is a slip.
    auto const other = url->server.scheme == Scheme::http ? Scheme::https : Scheme::http;
    if (url->server.scheme != Scheme::unix_socket && contains(into.servers, other, &Server::scheme))
        return at.fail("the servers of one upstream are all http:// or all https://");
    if (contains(into.servers, url->server.name(), &Server::name)) return at.fail("this server is listed twice");
    into.servers.push_back(std::move(url->server));
}

void read_servers(SettingsNode const& node, Upstream& into) {
    auto const url = node["url"];
    auto const servers = node["servers"];
    auto const max_requests = read_max_requests(node["max_requests"], {});
    into.names_limit = node["max_requests"].present();
    if (!servers.present()) {
        read_only_server(node.required("url"), into);
        into.servers.back().max_requests = max_requests;
        return;
    }
    if (url.present()) url.fail("`url` is for one server: with `servers` it has no place");
    auto const nodes = servers.one_or_more();
    if (servers.is_list() && nodes.empty()) servers.fail("an upstream has at least one server");
    if (nodes.size() > most_servers)
        return servers.fail("at most " + std::to_string(most_servers) + " servers for one upstream");
    for (auto const& one : nodes) read_server(one, max_requests, into);
}

Connections read_connections(SettingsNode const& node) {
    Connections const usual;
    return {.idle = node["idle"].duration(usual.idle, {0ms, 1h}),
            .age = node["age"].timeout(usual.age, {1s, 24h * 365}),
            .max_idle = static_cast<unsigned>(read_count(node["max_idle"], usual.max_idle, {0, 10'000}))};
}

// Behind https:// there may be a front for many, which goes by the Host: a client must not choose who gets the request,
// and what the route adds to it, such as a key.
HostSent usual_host(Upstream const& upstream) { return upstream.tls ? HostSent::upstream : HostSent::client; }

Upstream read_upstream(std::string const& name, SettingsNode const& node) {
    Upstream upstream;
    upstream.name = name;
    if (!node.is_map()) {
        read_only_server(node, upstream);
        upstream.tls = read_upstream_tls(node, upstream.servers);
        upstream.host_sent = usual_host(upstream);
        return upstream;
    }
    read_servers(node, upstream);
    upstream.tls = read_upstream_tls(node, upstream.servers);
    upstream.host_sent = one_of(node["host"], {"client", "upstream"}, usual_host(upstream));
    upstream.balance = one_of(node["balance"], {"least_outstanding", "round_robin", "user_hash"}, upstream.balance);
    upstream.health = read_health(node["health"]);
    upstream.ejection = read_ejection(node["ejection"]);
    upstream.connections = read_connections(node["connections"]);
    upstream.queue = read_queue(node["queue"], upstream);
    upstream.slow_start = node["slow_start"].duration(upstream.slow_start, {0ms, 1h});
    return upstream;
}

}  // namespace

std::vector<Upstream> read_upstreams(SettingsNode const& node) {
    std::vector<Upstream> upstreams;
    auto const entries = node.entries();
    if (entries.size() > most_upstreams) node.fail("at most " + std::to_string(most_upstreams) + " upstreams");
    for (auto const& [name, one] : entries) {
        if (!is_name(name)) {
            one.fail(
                "the name of an upstream is 1 to 64 letters, digits, `-`, `_` "
                "and `.`");
        }
        upstreams.push_back(read_upstream(name, one));
    }
    return upstreams;
}

}  // namespace tollgate::settings
