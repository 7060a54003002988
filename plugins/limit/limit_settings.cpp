#include "limit/limit_settings.hpp"

#include "base/path_pattern.hpp"

#include <fmt/format.h>

namespace tollgate::limit {
namespace {

using settings::SettingsNode;

constexpr std::string_view none = "none";
constexpr std::int64_t most_concurrent = 1'000'000;

std::optional<RequestRate> read_requests(SettingsNode const& node, std::optional<RequestRate> fallback) {
    if (!node.present()) return fallback;
    auto const text = node.text(none);
    if (text == none) return std::nullopt;
    auto const rate = read_request_rate(text);
    if (!rate) {
        node.fail(fmt::format(
            "expected `none` or a count and the time it is for, at most 1000000000 and one day (such as 60/1m, 5/10s, "
            "1000/1d), found `{}`",
            node.shown()));
    }
    return rate;
}

std::optional<std::uint32_t> read_concurrent(SettingsNode const& node, std::optional<std::uint32_t> fallback) {
    auto const read = node.limit(fallback, {1, most_concurrent});
    return read ? std::optional(static_cast<std::uint32_t>(*read)) : std::nullopt;
}

Quota read_quota(SettingsNode const& node, Quota const& fallback) {
    return {read_requests(node["requests"], fallback.requests),
            read_concurrent(node["concurrent"], fallback.concurrent)};
}

}  // namespace

LimitSettings read_limit_settings(SettingsNode const& node) {
    LimitSettings read;
    read.general = read_quota(node, read.general);
    read.mode = static_cast<Mode>(node["mode"].one_of({"enforce", "shadow"}, 0));
    for (auto const& [path, route] : node["routes"].entries()) {
        if (auto const wrong = pattern_error(path)) route.fail(fmt::format("`{}` is no route: {}", path, *wrong));
        read.routes.emplace(path, RouteQuota{read_quota(route, read.general), route.where()});
    }
    return read;
}

}  // namespace tollgate::limit
