#include "server/openapi.hpp"

#include "base/characters.hpp"
#include "base/path_pattern.hpp"
#include "base/strict_json.hpp"
#include "route/router.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tollgate::server {
namespace {

namespace json = boost::json;

// HEAD comes last: where GET is there, it is implied, and drops out as a conflict.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> methods{{{"get", "GET"},
                                                                                {"post", "POST"},
                                                                                {"put", "PUT"},
                                                                                {"patch", "PATCH"},
                                                                                {"delete", "DELETE"},
                                                                                {"options", "OPTIONS"},
                                                                                {"head", "HEAD"}}};

// In a YAML text in quotes; and it is no `$`, which begins a substitution.
bool needs_no_escape(char c) { return is_alphanumeric(c) || std::string_view("/-._~{}%:@+=,;()").contains(c); }

// A path that ends in `/*` would be a pattern for everything below.
bool can_be_route(std::string_view path) { return std::ranges::all_of(path, needs_no_escape) && !pattern_error(path); }

void append_operations(Operations& all, std::string_view path, json::object const& item) {
    for (auto const& [key, method] : methods) {
        if (!item.contains({key.data(), key.size()})) continue;
        if (!can_be_route(path)) ++all.odd;
        else if (all.taken.size() >= most_operations) ++all.too_many;
        else all.taken.push_back({std::string(method), std::string(path)});
    }
}

std::vector<route::Pattern> patterns_of(std::span<Operation const> reserved, std::span<Operation const> taken) {
    std::vector<route::Pattern> patterns;
    for (auto const& one : reserved) patterns.push_back({.host = {}, .path = one.path, .methods = {one.method}});
    for (auto const& one : taken) patterns.push_back({.host = {}, .path = one.path, .methods = {one.method}});
    return patterns;
}

// Drops the later one of two that match the same requests, as the router would refuse them. It reports a bounded
// number at a time.
void drop_conflicts(Operations& all, std::span<Operation const> reserved) {
    for (;;) {
        auto const patterns = patterns_of(reserved, all.taken);
        auto const router = route::Router::create(patterns);
        if (router) return;
        std::vector<bool> doomed(patterns.size());
        for (auto const& conflict : router.error()) doomed[conflict.second] = true;
        std::size_t index = reserved.size();
        all.in_conflict += std::erase_if(all.taken, [&](Operation const&) { return doomed[index++]; });
    }
}

}  // namespace

std::optional<Operations> operations_of(std::string_view text, std::span<Operation const> reserved) {
    auto const document = parse_strict_json(text);
    if (!document) return std::nullopt;
    auto const* const paths = document->as_object().if_contains("paths");
    if (!paths || !paths->is_object()) return std::nullopt;
    Operations all;
    for (auto const& [path, item] : paths->get_object()) {
        if (item.is_object()) append_operations(all, {path.data(), path.size()}, item.get_object());
    }
    drop_conflicts(all, reserved);
    return all;
}

}  // namespace tollgate::server
