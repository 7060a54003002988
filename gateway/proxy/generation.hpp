// One loaded configuration, ready to serve: the settings, the router, the plugins and their chain, and the upstreams.
// Immutable and shared; an exchange holds the generation it began with, so after a reload the old one dies with its
// last exchange.
#pragma once

#include "plugin/chain.hpp"
#include "plugin/plugin.hpp"
#include "plugin/services.hpp"
#include "proxy/wait_counts.hpp"
#include "route/router.hpp"
#include "settings/settings.hpp"
#include "upstream/cluster.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::upstream {
class Servers;
}

namespace tollgate::proxy {

// A route as phases needs it: it leads to an upstream, or to a plugin's endpoint.
struct Route {
    plugin::RouteFacts facts;
    settings::Route const* settings = nullptr;  // null for an endpoint; in Generation::settings()
    std::size_t upstream = 0;                   // index into Settings::upstreams, when `settings` is set
    plugin::Endpoint const* endpoint = nullptr;
    std::string plugin;                // whose endpoint it is
    std::vector<std::string> methods;  // as declared; empty: all but CONNECT and TRACE
    std::string host;
};

// What is known of the servers behind: one object for as long as the services live, whatever is reloaded.
[[nodiscard]] std::shared_ptr<upstream::Servers> servers_of(plugin::Services& services);

class Generation {
public:
    // Makes every plugin that the settings name, but opens nothing. Errors: all that the document holds already (routes
    // with one are not among the settings), a plugin that does not exist or refuses its settings, one that needs an
    // identity before any provides one, routes in conflict, keys that nobody read; a guarded route although no plugin
    // provides an identity, when every plugin could be made.
    [[nodiscard]] static settings::Checked<std::shared_ptr<Generation>> create(
        settings::Loaded loaded, std::span<plugin::PluginType const> types, plugin::Services& services);

    // Opens the plugins' resources, once, before serving. The error is one line.
    [[nodiscard]] std::expected<void, std::string> open();

    [[nodiscard]] settings::Settings const& settings() const noexcept { return loaded_.settings; }
    [[nodiscard]] std::vector<Route> const& routes() const noexcept { return routes_; }
    // By upstream, as Route::upstream counts them.
    [[nodiscard]] std::vector<std::shared_ptr<upstream::Cluster>> const& clusters() const noexcept { return clusters_; }
    // By upstream; null where servers take what they get.
    [[nodiscard]] WaitCounts const* wait_counts(std::size_t upstream) const noexcept {
        return wait_counts_[upstream].get();
    }
    [[nodiscard]] plugin::Chain const& chain() const noexcept { return *chain_; }
    [[nodiscard]] plugin::SlotLayout const& slots() const noexcept { return slots_; }

    // The route that admits the request (route/router.hpp).
    [[nodiscard]] std::expected<Route const*, route::NotFound> find(std::string_view host, std::string_view method,
                                                                    std::string_view path) const;

    Generation(Generation const&) = delete;
    Generation& operator=(Generation const&) = delete;

private:
    explicit Generation(settings::Loaded loaded) : loaded_(std::move(loaded)) {}
    [[nodiscard]] settings::SettingsErrors make_plugins(std::span<plugin::PluginType const> types,
                                                        plugin::Services& services);
    enum class Plugins { all_made, some_missing };
    [[nodiscard]] settings::SettingsErrors make_routes(Plugins plugins);
    [[nodiscard]] settings::SettingsErrors refuse_unknown_routes() const;  // that plugins name
    void make_clusters(plugin::Services& services);
    [[nodiscard]] settings::SettingsErrors make_router(std::vector<settings::Where> const& places);

    settings::Loaded loaded_;
    plugin::SlotLayout slots_;
    bool provides_identity_ = false;
    std::optional<plugin::Chain> chain_;
    std::vector<Route> routes_;
    std::vector<std::shared_ptr<upstream::Cluster>> clusters_;
    std::vector<std::unique_ptr<WaitCounts>> wait_counts_;
    std::vector<std::size_t> route_of_pattern_;  // in routes_
    std::optional<route::Router> router_;
};

}  // namespace tollgate::proxy
