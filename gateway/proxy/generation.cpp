#include "proxy/generation.hpp"

#include "settings/document.hpp"
#include "upstream/servers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace tollgate::proxy {
namespace {

using plugin::IdentityRole;
using settings::SettingsErrors;

void append(SettingsErrors& all, SettingsErrors more) { std::ranges::move(more, std::back_inserter(all)); }

// Where an endpoint's pattern came from, for the report of a conflict: the plugin's block.
settings::Where place_of(settings::Settings const& settings, std::string_view plugin) {
    auto const found =
        std::ranges::find(settings.plugins, plugin, [](auto const& block) { return std::string_view(block.first); });
    return found == settings.plugins.end() ? settings::Where{} : found->second.where();
}

}  // namespace

std::shared_ptr<upstream::Servers> servers_of(plugin::Services& services) {
    return services.keep<upstream::Servers>("upstream servers", [] { return std::make_shared<upstream::Servers>(); });
}

settings::Checked<std::shared_ptr<Generation>> Generation::create(settings::Loaded loaded,
                                                                  std::span<plugin::PluginType const> types,
                                                                  plugin::Services& services) {
    std::shared_ptr<Generation> const made(new Generation(std::move(loaded)));
    auto& document = *made->loaded_.document;
    auto const found_before = document.root().errors_so_far();
    auto errors = made->make_plugins(types, services);
    auto in_file = settings::refuse_unread(document);
    bool const all_made = errors.empty() && document.root().errors_so_far() == found_before;
    append(errors, std::move(in_file));
    append(errors, made->make_routes(all_made ? Plugins::all_made : Plugins::some_missing));
    if (!errors.empty()) return std::unexpected(std::move(errors));
    made->make_clusters(services);
    return made;
}

void Generation::make_clusters(plugin::Services& services) {
    auto const known = servers_of(services);
    for (auto const& upstream : loaded_.settings.upstreams) {
        std::vector<std::shared_ptr<upstream::Server>> servers;
        servers.reserve(upstream.servers.size());
        for (auto const& server : upstream.servers) servers.push_back(known->at(upstream.name, server.name()));
        auto const& cluster = clusters_.emplace_back(std::make_shared<upstream::Cluster>(
            upstream, std::move(servers), services.worker_count(), known->queue_of(upstream.name)));
        wait_counts_.push_back(cluster->is_limited() ? std::make_unique<WaitCounts>(services, upstream.name) : nullptr);
    }
}

SettingsErrors Generation::make_plugins(std::span<plugin::PluginType const> types, plugin::Services& services) {
    SettingsErrors errors;
    std::vector<plugin::NamedInstance> instances;
    for (auto const& [name, block] : loaded_.settings.plugins) {
        auto const type = std::ranges::find(types, name, &plugin::PluginType::name);
        if (type == types.end()) {
            block.fail(fmt::format("there is no plugin `{}`", name));
            continue;
        }
        if (type->identity == IdentityRole::needs && !provides_identity_) {
            block.fail(
                fmt::format("`{}` needs to know the user: put it after a plugin that finds out who calls", name));
        }
        provides_identity_ = provides_identity_ || type->identity == IdentityRole::provides;
        plugin::Setup setup{block, services, slots_};
        auto instance = type->make(setup);
        if (instance) instances.push_back({name, std::move(*instance)});
        else append(errors, std::move(instance).error());
    }
    chain_.emplace(std::move(instances));
    return errors;
}

// Where a plugin is missing nobody knows whether it would have found out who calls.
SettingsErrors Generation::make_routes(Plugins plugins) {
    auto const& settings = loaded_.settings;
    SettingsErrors errors;
    std::vector<settings::Where> places;
    for (auto const& route : settings.routes) {
        auto const upstream = std::ranges::find(settings.upstreams, route.upstream, &settings::Upstream::name);
        routes_.push_back({.facts = {route.path, route.access, route.errors},
                           .settings = &route,
                           .upstream = static_cast<std::size_t>(upstream - settings.upstreams.begin()),
                           .methods = route.methods,
                           .host = route.host});
        places.push_back(route.where);
        if (route.access == Access::guarded && !provides_identity_ && plugins == Plugins::all_made) {
            errors.push_back({route.where,
                              "this route is protected, but no plugin finds out who calls: configure `plugins.auth`, "
                              "or say `protected: false`"});
        }
    }
    for (auto const& [name, instance] : chain_->plugins()) {
        if (!instance.endpoints) continue;
        for (auto const& endpoint : instance.endpoints->endpoints()) {
            routes_.push_back({.facts = {endpoint.path, endpoint.access, ErrorStyle::problem},
                               .endpoint = endpoint.endpoint,
                               .plugin = name,
                               .methods = {endpoint.method},
                               .host = {}});
            places.push_back(place_of(settings, name));
        }
    }
    if (plugins == Plugins::all_made && loaded_.is_whole) append(errors, refuse_unknown_routes());
    append(errors, make_router(places));
    return errors;
}

SettingsErrors Generation::refuse_unknown_routes() const {
    std::set<std::string_view> paths;
    for (auto const& route : routes_) paths.insert(route.facts.pattern);
    SettingsErrors errors;
    for (auto const& [name, instance] : chain_->plugins()) {
        if (!instance.route_names) continue;
        for (auto const& [path, where] : instance.route_names->named_routes()) {
            if (!paths.contains(path)) errors.push_back({where, fmt::format("no route has the path `{}`", path)});
        }
    }
    return errors;
}

// An endpoint answers for every host: it has a pattern for each that a route names too, or that host's `/*` would take
// its requests, passwords and all, to a service.
SettingsErrors Generation::make_router(std::vector<settings::Where> const& places) {
    std::set<std::string> hosts;
    for (auto const& route : routes_) hosts.insert(route.host);
    std::vector<route::Pattern> patterns;
    auto const add = [&](std::size_t index, std::string const& host) {
        patterns.push_back({host, routes_[index].facts.pattern, routes_[index].methods});
        route_of_pattern_.push_back(index);
    };
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (routes_[i].endpoint) std::ranges::for_each(hosts, [&](auto const& host) { add(i, host); });
        else add(i, routes_[i].host);
    }
    auto router = route::Router::create(patterns);
    if (router) {
        router_.emplace(std::move(*router));
        return {};
    }
    SettingsErrors errors;
    for (auto const& [first, second] : router.error()) {
        errors.push_back({places[route_of_pattern_[second]],
                          fmt::format("`{}` matches the same requests as `{}` at line {}", patterns[second].path,
                                      patterns[first].path, places[route_of_pattern_[first]].line)});
    }
    return errors;
}

std::expected<void, std::string> Generation::open() {
    for (auto const& [name, instance] : chain_->plugins()) {
        if (!instance.opening) continue;
        if (auto opened = instance.opening->open(); !opened) return opened;
    }
    return {};
}

std::expected<Route const*, route::NotFound> Generation::find(std::string_view host, std::string_view method,
                                                              std::string_view path) const {
    auto const index = router_->find(host, method, path);
    if (!index) return std::unexpected(index.error());
    return &routes_[route_of_pattern_[*index]];
}

}  // namespace tollgate::proxy
