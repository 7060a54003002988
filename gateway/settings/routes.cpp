// The routes, each checked for sense by itself: whether two of them say different things about one request is the
// router's question.
#include "settings/readers.hpp"

#include "base/host_name.hpp"
#include "base/path_pattern.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

constexpr std::size_t most_routes = 10'000;
constexpr std::size_t most_methods = 32;
constexpr std::size_t most_method_bytes = 32;
constexpr std::size_t most_protocol_bytes = 64;

// Methods are case-sensitive (RFC 9110, section 9.1), and `get` is always a slip.
constexpr CharacterSet method_characters = characters_of("-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

bool is_method(std::string_view text) {
    return !text.empty() && text.size() <= most_method_bytes && only(method_characters, text);
}

std::string read_host(SettingsNode const& node) {
    auto const host = node.text();
    if (host.empty()) return host;
    bool const literal =
        host.starts_with('[') && host.ends_with(']') && is_ipv6(std::string_view(host).substr(1, host.size() - 2));
    if (!literal && !is_host_name(host)) node.fail("expected the name of a host, without scheme, port and `*`");
    return lowered(host);
}

std::string read_pattern(SettingsNode const& node) {
    auto path = node.text();
    if (!node.is_scalar()) return path;
    if (auto problem = pattern_error(path)) node.fail(std::move(*problem));
    return path;
}

// `all`, which is also what a missing key means, is an empty list.
std::vector<std::string> read_methods(SettingsNode const& node) {
    std::vector<std::string> methods;
    if (!node.present() || (node.is_scalar() && node.text() == "all")) return methods;
    auto const nodes = node.one_or_more();
    if (node.is_list() && nodes.empty()) node.fail("an empty list admits nothing: leave `methods` out to admit all");
    if (nodes.size() > most_methods) node.fail("at most " + std::to_string(most_methods) + " methods");
    for (auto const& one : nodes) {
        auto method = one.text();
        if (method == "CONNECT" || method == "TRACE") {
            one.fail(backquoted(one.shown()) + " is never forwarded");
        } else if (!is_method(method)) {
            one.fail("expected a method in capitals such as GET");
        } else if (contains(methods, method)) {
            one.fail(backquoted(one.shown()) + " is listed twice");
        }
        methods.push_back(std::move(method));
    }
    return methods;
}

std::string read_upstream_name(SettingsNode const& node, std::vector<Upstream> const& upstreams) {
    auto name = node.text();
    if (!node.is_scalar() || contains(upstreams, name, &Upstream::name)) return name;
    std::vector<std::string> names;
    std::ranges::transform(upstreams, std::back_inserter(names), &Upstream::name);
    auto what = "no upstream is called " + backquoted(node.shown());
    if (auto const meant = closest(node.shown(), names)) what += ": did you mean " + backquoted(*meant) + "?";
    node.fail(std::move(what));
    return name;
}

// What is stripped must stand in front of every path that the route matches.
std::string read_strip_prefix(SettingsNode const& node, std::string_view path) {
    auto prefix = node.text();
    if (prefix.empty()) return prefix;
    if (auto problem = prefix_error(prefix)) {
        node.fail(std::move(*problem));
    } else if (path != prefix && !path.starts_with(prefix + '/')) {
        node.fail("the path of the route must begin with what is stripped");
    }
    return prefix;
}

// What carries requests of its own (h2c) is refused whatever is listed: http/upgrade.
std::vector<std::string> read_upgrades(SettingsNode const& node, std::vector<std::string> fallback) {
    if (!node.present()) return fallback;
    std::vector<std::string> protocols;
    for (auto const& one : node.items()) {
        auto protocol = lowered(one.text());
        if (!is_token(protocol) || protocol.size() > most_protocol_bytes)
            one.fail("expected the name of a protocol such as websocket");
        protocols.push_back(std::move(protocol));
    }
    return protocols;
}

// An upstream that is not there is told where it is named.
QueuedComments read_queued_comments(SettingsNode const& node, std::string_view upstream,
                                    std::vector<Upstream> const& upstreams) {
    if (!node.boolean(false)) return QueuedComments::none;
    auto const found = std::ranges::find(upstreams, upstream, &Upstream::name);
    if (found != upstreams.end() && !found->names_limit)
        node.fail("nobody waits for " + backquoted(upstream) +
                  ", which has no `max_requests`: there is nothing to be told");
    return QueuedComments::sent;
}

Route read_route(SettingsNode const& node, std::vector<Upstream> const& upstreams, RouteDefaults const& defaults) {
    Route route;
    route.where = node.where();
    route.host = read_host(node["host"]);
    route.path = read_pattern(node.required("path"));
    route.methods = read_methods(node["methods"]);
    route.upstream = read_upstream_name(node.required("upstream"), upstreams);
    bool const guarded = node["protected"].boolean(route.access == Access::guarded);
    route.access = guarded ? Access::guarded : Access::open;
    route.errors = one_of(node["errors"], {"problem", "openai", "anthropic"}, route.errors);
    bool const forwards =
        node["forward_authorization"].boolean(route.client_authorization == ClientAuthorization::forwarded);
    route.client_authorization = forwards ? ClientAuthorization::forwarded : ClientAuthorization::removed;
    route.strip_prefix = read_strip_prefix(node["strip_prefix"], route.path);
    route.set_headers = read_set_headers(node["set_headers"]);
    route.trailers = read_trailers(node["trailers"]);
    route.queued_comments = read_queued_comments(node["queued_comments"], route.upstream, upstreams);
    route.upgrades = read_upgrades(node["upgrades"], std::move(route.upgrades));
    route.body_limit_bytes = read_body_limit(node["body_limit"], defaults.body_limit_bytes);
    route.timeouts = read_route_timeouts(node["timeouts"], defaults.timeouts);
    return route;
}

}  // namespace

std::vector<Route> read_routes(SettingsNode const& node, std::vector<Upstream> const& upstreams,
                               RouteDefaults const& defaults) {
    std::vector<Route> routes;
    auto const nodes = node.items();
    if (nodes.size() > most_routes) node.fail("at most " + std::to_string(most_routes) + " routes");
    routes.reserve(nodes.size());
    for (auto const& one : nodes) {
        auto const before = one.errors_so_far();
        auto route = read_route(one, upstreams, defaults);
        // A variable that is not set has its error since the file was parsed.
        if (!one.broken() && one.errors_so_far() == before) routes.push_back(std::move(route));
    }
    return routes;
}

}  // namespace tollgate::settings
