#include "proxy/admit.hpp"

#include "base/characters.hpp"
#include "http/forwarded.hpp"
#include "http/preflight.hpp"
#include "http/upgrade.hpp"
#include "proxy/connection.hpp"
#include "settings/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace tollgate::proxy {
namespace {

using http::FieldName;

constexpr std::size_t most_request_id_bytes = 128;

bool is_sane_request_id(std::string_view id) {
    return !id.empty() && id.size() <= most_request_id_bytes && std::ranges::all_of(id, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
    });
}

std::string_view request_id_of(Flight& flight) {
    if (auto const sent = flight.head.fields.find("X-Request-Id"); sent && is_sane_request_id(*sent)) return *sent;
    constexpr std::size_t bytes = 32;
    std::span<char, bytes> const made(static_cast<char*>(flight.arena.allocate(bytes, 1)), bytes);
    flight.state.make_request_id(made);
    return {made.begin(), made.end()};
}

// Who the request is counted and logged under, and what the upstream is told of its way.
void find_client(Flight& flight) {
    auto const& trusted = flight.generation->settings().trusted_proxies;
    auto const is_trusted = [&](boost::asio::ip::address const& address) {
        return std::ranges::any_of(trusted, [&](auto const& network) { return settings::contains(network, address); });
    };
    auto const peer = flight.connection.peer();
    flight.hop = {.peer = peer,
                  .host = flight.host,
                  .minor = flight.head.minor,
                  .scheme = flight.connection.entrance().tls ? "https" : "http"};
    if (trusted.empty() || flight.connection.stands_for_unknown()) return;
    flight.hop.peer_trusted = settings::contain(trusted, peer);
    flight.client.address = http::client_address(flight.head.fields, flight.hop, is_trusted);
    flight.hop.client = flight.client.address;
}

Result<void> check_expectation(Flight& flight) {
    auto const expected = flight.head.fields.find(FieldName::expect);
    if (expected && !http::equal_ignoring_case(*expected, "100-continue")) return failure(errc::expectation_failed);
    return {};
}

Result<void> find_upgrade(Flight& flight) {
    auto const requested = http::requested_upgrade(flight.head, flight.framing);
    if (!requested) return std::unexpected(requested.error());
    flight.upgrade = *requested;
    return {};
}

Result<void> find_host(Flight& flight) {
    auto const named = flight.head.fields.find(FieldName::host).value_or(std::string_view{});
    auto const authority = flight.exchange.target.authority;
    // RFC 9112, section 3.2.2: the absolute-form overrides Host; a client that sends two different ones is up to
    // something.
    if (!authority.empty() && !named.empty() && !http::equal_ignoring_case(authority, named))
        return failure(errc::bad_host);
    flight.host = authority.empty() ? named : authority;
    return {};
}

// As a scalar within braces of YAML: in quotes where it needs them.
std::string yaml_scalar(std::string_view path) {
    bool const is_plain = std::ranges::all_of(path, [](char c) { return c == '/' || in(unreserved_characters, c); });
    if (is_plain) return std::string(path);
    std::string quoted("'");
    for (char const c : path) quoted.append(c == '\'' ? 2 : 1, c);
    return quoted + "'";
}

// "{path: /x, methods: [GET], upstream: ai}": the line that would admit the request, for the log. Nothing for `*`,
// which is about the gateway itself (RFC 9110, section 9.3.7).
std::string admitting_line(Flight const& flight) {
    auto const& path = flight.exchange.target.path;
    if (path == "*") return {};
    auto const& upstreams = flight.generation->settings().upstreams;
    return fmt::format("{{path: {}, methods: [{}], upstream: {}}}", yaml_scalar(path), flight.head.method,
                       upstreams.empty() ? "?" : upstreams.front().name);
}

// Applies what the route takes as a body. Nothing, or the refusal.
std::optional<http::Reply> limit_body(Flight& flight) {
    auto const& route = *flight.route;
    auto const limit = route.endpoint ? route.endpoint->body_limit() : route.settings->body_limit_bytes;
    if (flight.framing.length > limit) return http::Reply::problem(errc::body_too_large);
    flight.body->limit(limit);
    return {};
}

// What the client wants. An old one may send an empty line behind a body (RFC 9112, section 2.2).
After wanted_after(Flight const& flight) {
    if (http::request_persistence(flight.head) == http::Persistence::keep_alive) return After::keep_alive;
    return flight.head.minor == 0 && flight.framing.has_body() ? After::linger : After::close;
}

}  // namespace

Result<void> understand(Flight& flight, Result<std::size_t> const& head_bytes) {
    auto const& limits = flight.generation->settings().limits;
    flight.after = After::linger;
    http::HeadLimits const head_limits{limits.head_bytes, limits.fields, limits.target_bytes};
    auto const read = head_bytes ? http::read_request_head(flight.raw_head, head_limits, flight.head)
                                 : Result<void>(std::unexpected(head_bytes.error()));
    flight.exchange.request_id = request_id_of(flight);
    if (!read) return read;
    auto const framing = http::request_framing(flight.head);
    if (!framing) return std::unexpected(framing.error());
    flight.framing = *framing;
    auto const target = http::read_target(flight.head.method, flight.head.target, flight.arena);
    if (!target) return std::unexpected(target.error());
    flight.exchange.target = *target;
    for (auto const check : {find_host, check_expectation, find_upgrade}) {
        if (auto const passed = check(flight); !passed) return passed;
    }
    flight.body.emplace(flight.connection.stream(), flight.connection.buffer(), flight.framing,
                        std::numeric_limits<std::uint64_t>::max());
    if (!flight.connection.draining()) flight.after = wanted_after(flight);
    find_client(flight);
    return {};
}

// RFC 9110, section 15.4.9: the method and the body are sent again as they were. Who named no port came by a default
// one, which the gateway may not even know, and goes to the other default.
http::Reply redirect_to_https(Flight const& flight, std::uint16_t port) {
    if (!http::is_host(flight.host)) return http::Reply::problem(errc::bad_host);
    auto const colon = flight.host.find(':', flight.host.starts_with('[') ? flight.host.find(']') : 0);
    auto location = "https://" + std::string(flight.host.substr(0, colon));
    if (colon != std::string_view::npos && port != settings::https_port) location += ':' + std::to_string(port);
    auto const& target = flight.exchange.target;
    if (target.path != "*") location += target.path;
    if (target.has_query) location.append("?").append(target.query);
    return http::Reply{.status = 308}.with("Location", std::move(location));
}

std::optional<http::Reply> find_route(Flight& flight) {
    auto const& path = flight.exchange.target.path;
    auto found = flight.generation->find(flight.host, flight.head.method, path);
    if (auto const asked = http::preflight_method(flight.head)) {
        auto const wanted = flight.generation->find(flight.host, *asked, path);
        flight.preflight = wanted.has_value();
        flight.method_admitted = found.has_value();
        if (!found && wanted) found = wanted;
    }
    if (!found && found.error().miss == route::Miss::method_not_allowed) return method_not_allowed(flight);
    if (!found && found.error().miss == route::Miss::other_spelling) return http::Reply::problem(errc::bad_target);
    if (!found) {
        flight.hint = admitting_line(flight);
        return http::Reply::problem(errc::no_route);
    }
    flight.route = *found;
    flight.exchange.route = &flight.route->facts;
    // What the route does not offer is ignored (RFC 9110, section 7.8): the request goes on without it.
    auto const* const settings = flight.route->settings;
    if (!settings || !http::only_asks_for(flight.upgrade, settings->upgrades)) flight.upgrade = {};
    return limit_body(flight);
}

http::Reply method_not_allowed(Flight const& flight) {
    auto const found = flight.generation->find(flight.host, flight.head.method, flight.exchange.target.path);
    return http::Reply::problem(errc::method_not_allowed).with("Allow", found ? "" : found.error().allow);
}

bool expects_continue(Flight const& flight) noexcept {
    return flight.head.minor >= 1 && !flight.body->done() && flight.head.fields.find(FieldName::expect).has_value();
}

}  // namespace tollgate::proxy
