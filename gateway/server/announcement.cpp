#include "server/announcement.hpp"

#include "server/tls_upstreams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace tollgate::server {

std::vector<std::string> listening_lines(std::span<settings::Listen const> listen,
                                         std::optional<settings::ListenAddress> const& metrics,
                                         std::span<std::uint16_t const> ports) {
    std::vector<std::string> lines;
    auto const add = [&](char const* what, settings::ListenAddress address, std::string const& more) {
        if (lines.size() < ports.size()) address.port = ports[lines.size()];
        lines.push_back(fmt::format("{} on {}{}", what, address.text(), more));
    };
    for (auto const& one : listen) {
        std::string more = one.tls ? " (TLS)" : one.redirect_to_https ? " (sends to HTTPS)" : "";
        if (one.proxy_protocol) more += " (PROXY protocol)";
        add("listening", one.address, more);
    }
    if (metrics) add("metrics", *metrics, "");
    return lines;
}

namespace {

// Routes are the same at every listener: one that asks for no client certificate lets everybody to all of them.
void add_ways_around_certificates(std::vector<settings::Listen> const& listens, std::vector<std::string>& lines) {
    auto const requires_one = [](settings::Listen const& listen) {
        return listen.tls && listen.tls->client_auth == settings::ClientAuth::required;
    };
    auto const strict = std::ranges::find_if(listens, requires_one);
    if (strict == listens.end()) return;
    for (auto const& listen : listens) {
        if (requires_one(listen) || listen.redirect_to_https) continue;
        lines.push_back(fmt::format(
            "clients need no certificate at {}, though {} requires one: both serve the same routes. Say `client_auth: "
            "required` there too, or run a gateway of its own for those who have none",
            listen.address.text(), strict->address.text()));
    }
}

}  // namespace

// Who names proxies on other machines has thought of the way there, and the gateway cannot see whether they speak TLS.
// One on this machine keeps nobody from coming past it.
std::vector<std::string> danger_lines(proxy::Generation const& generation) {
    auto lines = unverified_lines(generation.settings());
    add_ways_around_certificates(generation.settings().listen, lines);
    if (!std::ranges::all_of(generation.settings().trusted_proxies, settings::is_loopback)) return lines;
    for (auto const& route : generation.routes()) {
        bool const is_login = route.endpoint && route.facts.access == Access::open &&
                              std::ranges::find(route.methods, "POST") != route.methods.end();
        if (!is_login) continue;
        for (auto const& listen : generation.settings().listen) {
            auto const& address = listen.address;
            if (address.is_loopback() || listen.tls || listen.redirect_to_https) continue;
            lines.push_back(fmt::format(
                "{} can be reached from other machines at {} without TLS: passwords and tokens can be read on the way. "
                "Give the address a certificate (`tls`), listen on 127.0.0.1 (in a container: publish the port there), "
                "or put a server that speaks TLS in front and name it in `trusted_proxies`",
                route.facts.pattern, address.text()));
        }
    }
    return lines;
}

}  // namespace tollgate::server
