// Times and sizes: `timeouts`, `limits`, `drain`, and what a route says of its own.
#include "settings/readers.hpp"

namespace tollgate::settings {
namespace {

using namespace std::chrono_literals;
using Durations = Range<milliseconds>;
using Sizes = Range<std::uint64_t>;

constexpr Durations route_range{1ms, 24h * 7};
constexpr Durations client_range{100ms, 24h};
constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;

}  // namespace

std::uint64_t read_count(SettingsNode const& node, std::uint64_t fallback, Range<std::int64_t> range) {
    return static_cast<std::uint64_t>(node.integer(static_cast<std::int64_t>(fallback), range));
}

RouteTimeouts read_route_timeouts(SettingsNode const& node, RouteTimeouts const& defaults) {
    return {
        .connect = node["connect"].timeout(defaults.connect, route_range),
        .first_byte = node["first_byte"].timeout(defaults.first_byte, route_range),
        .gap = node["gap"].timeout(defaults.gap, route_range),
        .total = node["total"].timeout(defaults.total, route_range),
    };
}

std::uint64_t read_body_limit(SettingsNode const& node, std::uint64_t fallback) {
    return node.size_bytes(fallback, Sizes{0, 1024 * gib});
}

ClientTimeouts read_client_timeouts(SettingsNode const& node) {
    ClientTimeouts const defaults;
    return {
        .head = node["head"].duration(defaults.head, client_range),
        .idle = node["idle"].duration(defaults.idle, client_range),
        .stall = node["stall"].duration(defaults.stall, client_range),
    };
}

Limits read_limits(SettingsNode const& node) {
    Limits const defaults;
    Limits limits{
        .head_bytes = node["head"].size_bytes(defaults.head_bytes, Sizes{kib, mib}),
        .fields = read_count(node["fields"], defaults.fields, {10, 1000}),
        .target_bytes = node["target"].size_bytes(defaults.target_bytes, Sizes{256, mib}),
        .connections = read_count(node["connections"], defaults.connections, {1, 1'000'000}),
        .connections_per_client =
            read_count(node["connections_per_client"], defaults.connections_per_client, {1, 1'000'000}),
    };
    if (limits.target_bytes > limits.head_bytes) {
        auto const at = node["target"].present() ? node["target"] : node["head"];
        at.fail("`target` cannot be larger than `head`, which it is a part of");
    }
    return limits;
}

Drain read_drain(SettingsNode const& node) {
    Drain const defaults;
    return {
        .delay = node["delay"].duration(defaults.delay, Durations{0ms, 1h}),
        .timeout = node["timeout"].duration(defaults.timeout, Durations{0ms, 24h}),
    };
}

}  // namespace tollgate::settings
