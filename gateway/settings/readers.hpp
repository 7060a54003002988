// The parts that read the blocks of the configuration, one function a block; settings.cpp calls them in order. Each
// records what is wrong in the node's document and returns what it could read. Inside settings/ only.
#pragma once

#include "settings/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::settings {

// One of `words`, which stand in the order of the enumerators.
template <class Enum>
[[nodiscard]] Enum one_of(SettingsNode const& node, std::initializer_list<std::string_view> words, Enum fallback) {
    return static_cast<Enum>(node.one_of(words, static_cast<std::size_t>(fallback)));
}

// addresses.cpp: pure, nothing when the text is not such a thing.
[[nodiscard]] std::optional<ListenAddress> read_address(std::string_view text);

// 0 to 65535, digits only.
[[nodiscard]] std::optional<std::uint16_t> read_uint16(std::string_view text);

// "an address and a port such as ...", for errors.
inline constexpr std::string_view address_form =
    "an address and a port such as 127.0.0.1:8080, [::1]:8080 or *:8080; names are not resolved";

[[nodiscard]] std::optional<ListenAddress> read_metrics(SettingsNode const& node);
[[nodiscard]] std::vector<Network> read_networks(SettingsNode const& node);

// "1.2" or "1.3".
[[nodiscard]] inline TlsVersion read_tls_version(SettingsNode const& node) {
    return one_of(node, {"1.2", "1.3"}, TlsVersion::tls_1_2);
}

// listen.cpp
[[nodiscard]] std::vector<Listen> read_listen(SettingsNode const& node, std::vector<Network> const& trusted_proxies);
[[nodiscard]] Timeout read_hsts(SettingsNode const& node);

// upstreams.cpp
[[nodiscard]] std::vector<Upstream> read_upstreams(SettingsNode const& node);

// upstream_url.cpp: pure, the error is a sentence.
struct UpstreamUrl {
    Server server;
    std::string base_path;
};
[[nodiscard]] std::expected<UpstreamUrl, std::string> read_upstream_url(std::string_view text);

// upstream_tls.cpp: nothing when no server speaks TLS.
[[nodiscard]] std::optional<UpstreamTls> read_upstream_tls(SettingsNode const& upstream,
                                                           std::vector<Server> const& servers);

// upstream_queue.cpp
[[nodiscard]] std::optional<unsigned> read_max_requests(SettingsNode const& node, std::optional<unsigned> fallback);

// `upstream` is what the block is for: where it sets no limit nobody would wait.
[[nodiscard]] Queue read_queue(SettingsNode const& node, Upstream const& upstream);

// upstream_health.cpp
[[nodiscard]] HealthCheck read_health(SettingsNode const& node);
[[nodiscard]] Ejection read_ejection(SettingsNode const& node);

// limits.cpp
struct RouteDefaults {
    RouteTimeouts timeouts = Route{}.timeouts;
    std::uint64_t body_limit_bytes = Route{}.body_limit_bytes;
};

// A whole number that the range keeps from being negative.
[[nodiscard]] std::uint64_t read_count(SettingsNode const& node, std::uint64_t fallback, Range<std::int64_t> range);
[[nodiscard]] RouteTimeouts read_route_timeouts(SettingsNode const& node, RouteTimeouts const& defaults);
[[nodiscard]] std::uint64_t read_body_limit(SettingsNode const& node, std::uint64_t fallback);
[[nodiscard]] ClientTimeouts read_client_timeouts(SettingsNode const& node);
[[nodiscard]] Limits read_limits(SettingsNode const& node);
[[nodiscard]] Drain read_drain(SettingsNode const& node);

// routes.cpp
// Routes with errors are left out: the others can be judged without them.
[[nodiscard]] std::vector<Route> read_routes(SettingsNode const& node, std::vector<Upstream> const& upstreams,
                                             RouteDefaults const& defaults);

// Of a name that the file gives a header or a trailer.
inline constexpr std::size_t most_field_name_bytes = 128;

// set_headers.cpp
[[nodiscard]] std::vector<SetHeader> read_set_headers(SettingsNode const& node);

// trailers.cpp
[[nodiscard]] std::vector<std::string> read_trailers(SettingsNode const& node);

}  // namespace tollgate::settings
