#include "server/sample_request.hpp"

#include "http/field_name.hpp"
#include "http/fields.hpp"
#include "http/head_writer.hpp"
#include "proxy/outgoing.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::server {
namespace {

using Sample = std::pair<std::string_view, std::string_view>;

// What a client could send to deceive, or that is the gateway's business.
constexpr std::array<Sample, 11> sample_fields{{{"Authorization", "Bearer of-the-client"},
                                                {"Connection", "keep-alive, X-User-Id"},
                                                {"Keep-Alive", "timeout=5"},
                                                {"Proxy-Authorization", "Basic of-the-client"},
                                                {"TE", "trailers"},
                                                {"X-User-Id", "0"},
                                                {"X-User-Email", "of-the-client@example.com"},
                                                {"X-Forwarded-For", "198.51.100.1"},
                                                {"Forwarded", "for=198.51.100.1"},
                                                {"Via", "1.1 of-the-client"},
                                                {"X-Real-IP", "198.51.100.1"}}};

http::RequestHead sample_head(settings::Route const& route, std::string_view method) {
    http::RequestHead head{.method = method, .target = {}, .minor = 1, .fields = {}};
    auto const append = [&head](std::string_view name, std::string_view value) {
        head.fields.append(http::field_name_of(name), name, value);
    };
    for (auto const& [name, value] : sample_fields) append(name, value);
    for (auto const& set : route.set_headers) {
        if (!head.fields.find(set.name)) append(set.name, "of the client");
    }
    return head;
}

// The route as far as it decides about fields, without its secrets.
settings::Route shown_route(settings::Route const& route) {
    settings::Route shown;
    shown.access = route.access;
    shown.client_authorization = route.client_authorization;
    for (auto const& set : route.set_headers)
        shown.set_headers.push_back({set.name, Secret(std::string(set.shown)), set.shown});
    return shown;
}

// What every client that is served has come by; "http" when some may have come without TLS.
std::string_view scheme_of(settings::Settings const& settings) {
    auto const is_secure = [](settings::Listen const& listen) { return listen.tls || listen.redirect_to_https; };
    return std::ranges::all_of(settings.listen, is_secure) ? "https" : "http";
}

std::vector<std::string> lines_of(std::string_view head) {
    std::vector<std::string> lines;
    while (!head.starts_with("\r\n") && !head.empty()) {
        auto const end = head.find("\r\n");
        lines.emplace_back(head.substr(0, end));
        head.remove_prefix(std::min(head.size(), end + 2));
    }
    return lines;
}

}  // namespace

SampleSent sample_sent(proxy::Generation const& generation, proxy::Route const& route, std::string_view method,
                       http::Target const& target, std::string_view host) {
    http::Arena arena;
    auto const& upstream = generation.settings().upstreams[route.upstream];
    auto const shown = shown_route(*route.settings);
    auto const head = sample_head(shown, method);
    auto const authority = upstream.servers.front().authority();
    auto const host_of_client = host.empty() ? "(the client's)" : host;
    auto const host_sent = upstream.host_sent == settings::HostSent::upstream ? authority : host_of_client;
    plugin::Identity identity;
    identity.user_id = sample_user_id;
    identity.email = sample_user_email;
    auto const fields = proxy::fields_for_upstream({.received = head,
                                                    .framing = {},
                                                    .host = host_sent,
                                                    .hop = {.peer = sample_client,
                                                            .peer_trusted = false,
                                                            .host = host,
                                                            .minor = 1,
                                                            .scheme = scheme_of(generation.settings())},
                                                    .route = shown,
                                                    .identity = shown.access == Access::guarded ? &identity : nullptr,
                                                    .send_user_email = generation.settings().send_user_email,
                                                    .request_id = "(the client's, or a fresh one)"},
                                                   arena);
    SampleSent sent;
    if (!fields) return sent;

    sent.head = lines_of(http::write_request_head(
        arena, method, upstream.base_path, proxy::target_for_upstream(target, route.settings->strip_prefix), *fields));
    for (auto const& field : head.fields) {
        auto const left = fields->find(field.name);
        if (!left) sent.removed.emplace_back(field.name);
        else if (*left != field.value) sent.replaced.emplace_back(field.name);
    }
    return sent;
}

}  // namespace tollgate::server
