#include "limit/limit_settings.hpp"

#include "base/path_pattern.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace tollgate::limit {
namespace {

using settings::SettingsNode;

constexpr std::string_view none = "none";
constexpr std::uint32_t most_concurrent = 1'000'000;

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
    if (!node.present()) return fallback;
    auto const text = node.text(none);
    if (text == none) return std::nullopt;
    std::uint32_t count = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, error] = std::from_chars(text.data(), last, count);
    if (error == std::errc{} && end == last && count >= 1 && count <= most_concurrent) return count;
    node.fail(fmt::format("expected `none` or a whole number from 1 to {}, found `{}`", most_concurrent, node.shown()));
    return std::nullopt;
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
