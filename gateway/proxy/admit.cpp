#include "proxy/admit.hpp"

#include "http/forwarded.hpp"
#include "proxy/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <variant>

namespace tollgate::proxy {
namespace {

using http::FieldName;

constexpr std::size_t most_request_id_bytes = 128;

bool is_sane_request_id(std::string_view id) {
    return !id.empty() && id.size() <= most_request_id_bytes && std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
               c == '.';
    });
}

std::string_view request_id_of(Flight& flight) {
    if (auto const sent = flight.head.fields.find("X-Request-Id"); sent && is_sane_request_id(*sent)) return *sent;
    std::array<char, 32> made{};
    flight.state.make_request_id(made);
    return http::keep(flight.arena, {made.data(), made.size()});
}

bool is_in(boost::asio::ip::address const& address, settings::Network const& network) {
    if (auto const* const v4 = std::get_if<boost::asio::ip::network_v4>(&network)) {
        return address.is_v4() &&
               (v4->hosts().find(address.to_v4()) != v4->hosts().end() || address.to_v4() == v4->network());
    }
    auto const& v6 = std::get<boost::asio::ip::network_v6>(network);
    return address.is_v6() && (v6.hosts().find(address.to_v6()) != v6.hosts().end() || address.to_v6() == v6.network());
}

// Who the request is counted and logged under, and what the upstream is told of its way.
void find_client(Flight& flight) {
    auto const& trusted = flight.generation->settings().trusted_proxies;
    auto const is_trusted = [&](boost::asio::ip::address const& address) {
        return std::ranges::any_of(trusted, [&](auto const& network) { return is_in(address, network); });
    };
    auto& connection = flight.connection;
    flight.hop = {.peer = connection.peer(), .secure = false, .host = flight.host, .minor = flight.head.minor};
    if (trusted.empty()) return;
    boost::system::error_code no_address;
    auto const peer = boost::asio::ip::make_address(connection.peer(), no_address);
    flight.hop.peer_trusted = !no_address && is_trusted(peer);
    connection.client.address = http::client_address(flight.head.fields, flight.hop, is_trusted);
}

Result<void> check_expectation(Flight& flight) {
    auto const expected = flight.head.fields.find(FieldName::expect);
    if (expected && !http::equal_ignoring_case(*expected, "100-continue")) return failure(errc::expectation_failed);
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

// "{path: /x, methods: [GET], upstream: ai}": the line that would admit the request, for the log.
std::string admitting_line(Flight const& flight) {
    auto const& upstreams = flight.generation->settings().upstreams;
    return fmt::format("{{path: {}, methods: [{}], upstream: {}}}", flight.exchange.target.path, flight.head.method,
                       upstreams.empty() ? "?" : upstreams.front().name);
}

}  // namespace

Result<void> understand(Flight& flight) {
    auto const& limits = flight.generation->settings().limits;
    flight.after = After::linger;
    auto const read =
        http::read_request_head(flight.raw_head, {limits.head_bytes, limits.fields, limits.target_bytes}, flight.head);
    flight.exchange.request_id = request_id_of(flight);
    if (!read) return read;
    auto const framing = http::request_framing(flight.head);
    if (!framing) return std::unexpected(framing.error());
    auto const target = http::read_target(flight.head.method, flight.head.target, flight.arena);
    if (!target) return std::unexpected(target.error());
    flight.exchange.target = *target;
    if (auto const found = find_host(flight); !found) return found;
    if (auto const expected = check_expectation(flight); !expected) return expected;

    flight.framing = *framing;
    flight.body.emplace(flight.connection.stream(), flight.connection.buffer(), *framing,
                        std::numeric_limits<std::uint64_t>::max());
    if (http::request_persistence(flight.head) == http::Persistence::keep_alive && !flight.state.draining())
        flight.after = After::keep_alive;
    find_client(flight);
    return {};
}

std::optional<http::Reply> find_route(Flight& flight) {
    auto const found = flight.generation->find(flight.host, flight.head.method, flight.exchange.target.path);
    if (!found) {
        if (found.error().miss == route::Miss::method_not_allowed) {
            return http::Reply::problem(errc::method_not_allowed).with("Allow", found.error().allow);
        }
        flight.hint = admitting_line(flight);
        return http::Reply::problem(errc::no_route);
    }
    flight.route = *found;
    flight.exchange.route = &flight.route->facts;
    if (!flight.route->settings) return {};
    auto const limit = flight.route->settings->body_limit_bytes;
    if (flight.framing.length > limit) return http::Reply::problem(errc::body_too_large);
    flight.body->limit(limit);
    return {};
}

bool expects_continue(Flight const& flight) noexcept {
    return flight.head.minor >= 1 && !flight.body->done() && flight.head.fields.find(FieldName::expect).has_value();
}

}  // namespace tollgate::proxy
