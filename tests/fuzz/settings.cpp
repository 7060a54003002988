// A configuration file. It is read to the end or refused, never in part; errors have a place in the file and tell no
// secret; what is accepted is within its bounds and can be served.
#include "settings/settings.hpp"

#include "builtin.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "proxy/generation.hpp"
#include "server/check_services.hpp"
#include "settings/env.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace tollgate::fuzz {
namespace {

constexpr std::string_view secret = "e6Zq-nobody-may-see-this-secret-of-64-bytes-0123456789-abcdefghi";
constexpr auto begin_of_secret = secret.substr(0, 4);

// No file is ever read: no variable has a name that ends in _FILE.
std::optional<std::string> variable(std::string const& name) {
    if (name == "JWT_SECRET" || name == "KEY") return std::string(secret);
    if (name == "PORT") return "8080";
    if (name == "EMPTY") return "";
    return std::nullopt;
}

void check_errors(settings::SettingsErrors const& errors, std::string_view text) {
    auto const lines = std::ranges::count(text, '\n') + 1;
    require(!errors.empty(), "a refusal says why");
    for (auto const& error : errors) {
        require(error.where.file == "fuzz.yaml" && error.where.line >= 0, "an error has a place");
        require(error.where.line <= lines + 1, "the place of an error is in the file");
        require(!error.what.empty() && !error.line().contains(begin_of_secret),
                "an error tells what is wrong, and no secret");
    }
}

void check_settings(settings::Settings const& settings) {
    require(!settings.listen.empty(), "there is something to listen on");
    require(settings.limits.target_bytes <= settings.limits.head_bytes, "a target is part of a head");
    for (auto const& upstream : settings.upstreams) {
        require(!upstream.servers.empty() && upstream.servers.size() <= 64, "an upstream has servers");
        for (auto const& server : upstream.servers) require(server.port != 0, "a server has a port");
    }
    for (auto const& route : settings.routes) {
        require(route.path.starts_with('/'), "the pattern of a route begins with a slash");
        require(is_in(settings.upstreams, route.upstream, &settings::Upstream::name), "a route leads to a service");
        for (auto const& header : route.set_headers)
            require(http::is_token(header.name) && http::is_field_value(header.value.reveal()), "headers can be sent");
    }
}

}  // namespace

void try_settings(std::string_view input) {
    if (input.contains(begin_of_secret)) return;  // an error may repeat what the file says
    settings::Environment const environment(variable, {});
    auto loaded = settings::load_text(input, "fuzz.yaml", environment);
    if (!loaded) return check_errors(loaded.error(), input);
    check_settings(loaded->settings);
    static auto const plugins = builtin_plugins();
    server::CheckServices services;
    auto const generation = proxy::Generation::create(std::move(*loaded), plugins, services);
    if (!generation) return check_errors(generation.error(), input);
    bool const is_guarded = std::ranges::any_of((*generation)->routes(), [](proxy::Route const& route) {
        return route.settings && route.facts.access == Access::guarded;
    });
    require(!is_guarded || !(*generation)->chain().plugins().empty(), "somebody finds out who calls a guarded route");
}

}  // namespace tollgate::fuzz
