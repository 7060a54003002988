// When a server of an upstream counts as well: the blocks `health` and `ejection`.
#include "settings/readers.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace tollgate::settings {
namespace {

using namespace std::chrono_literals;
using Durations = Range<milliseconds>;

constexpr std::size_t most_path_bytes = 2048;
constexpr std::size_t most_ranges = 32;
constexpr unsigned highest_status = 599;

bool is_request_path(std::string_view text) {
    bool const visible = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
    return text.starts_with('/') && text.size() <= most_path_bytes && visible;
}

std::string read_probe_path(SettingsNode const& node) {
    auto path = node.text("none");
    if (path == "none") return {};
    if (!is_request_path(path)) node.fail("expected `none` or a path such as /healthz");
    return path;
}

// Which statuses a list may name, and what is said of others.
struct Statuses {
    unsigned least;
    std::string_view expected;
};
constexpr Statuses any_status{100, "expected a status or a range of them such as 200 or 200-399"};
constexpr Statuses server_errors{
    500, "expected a status or a range of them such as 502 or 502-504, from 500 on: clients bring about all others"};

// "200" or "200-399".
std::optional<StatusRange> read_range(std::string_view text, Statuses admitted) {
    auto const dash = std::min(text.find('-'), text.size());
    auto const least = read_uint16(text.substr(0, dash));
    auto const most = dash == text.size() ? least : read_uint16(text.substr(dash + 1));
    if (!least || !most || *least < admitted.least || *most > highest_status || *least > *most) return std::nullopt;
    return StatusRange{*least, *most};
}

std::vector<StatusRange> read_statuses(SettingsNode const& node, std::vector<StatusRange> const& usual,
                                       Statuses admitted) {
    if (!node.present()) return usual;
    std::vector<StatusRange> statuses;
    auto const nodes = node.one_or_more();
    if (nodes.size() > most_ranges) node.fail("at most " + std::to_string(most_ranges) + " statuses");
    for (auto const& one : nodes) {
        auto const range = read_range(one.text(), admitted);
        if (range) statuses.push_back(*range);
        else one.fail(std::string(admitted.expected));
    }
    return statuses.empty() ? usual : statuses;
}

unsigned read_times(SettingsNode const& node, unsigned fallback) {
    return static_cast<unsigned>(read_count(node, fallback, {1, 1000}));
}

}  // namespace

HealthCheck read_health(SettingsNode const& node) {
    HealthCheck const usual;
    return {
        .path = read_probe_path(node["path"]),
        .statuses = read_statuses(node["status"], usual.statuses, any_status),
        .interval = node["interval"].duration(usual.interval, Durations{100ms, 1h}),
        .timeout = node["timeout"].duration(usual.timeout, Durations{50ms, 1min}),
        .healthy_after = read_times(node["healthy_after"], usual.healthy_after),
        .unhealthy_after = read_times(node["unhealthy_after"], usual.unhealthy_after),
    };
}

Ejection read_ejection(SettingsNode const& node) {
    Ejection const usual;
    Ejection ejection{
        .failures = read_times(node["failures"], usual.failures),
        .statuses = read_statuses(node["statuses"], usual.statuses, server_errors),
        .first = node["first"].duration(usual.first, Durations{100ms, 24h}),
        .longest = node["longest"].duration(usual.longest, Durations{100ms, 24h}),
    };
    if (ejection.longest < ejection.first) {
        auto const at = node["longest"].present() ? node["longest"] : node["first"];
        at.fail("`longest` cannot be shorter than `first`");
    }
    return ejection;
}

}  // namespace tollgate::settings
