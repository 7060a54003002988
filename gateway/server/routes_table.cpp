#include "server/routes_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace tollgate::server {
namespace {

using TableLine = std::array<std::string, 5>;  // one text per column

constexpr std::size_t host_column = 1;

TableLine line_of(RouteRow const& row) {
    return {row.methods, row.host, row.path, row.access == Access::open ? "PUBLIC" : "protected", row.origin};
}

}  // namespace

std::string methods_text(proxy::Route const& route) {
    return route.methods.empty() ? "any" : fmt::format("{}", fmt::join(route.methods, ","));
}

std::string origin_text(proxy::Generation const& generation, proxy::Route const& route) {
    if (route.endpoint) return "(" + route.plugin + ")";
    auto const& upstream = generation.settings().upstreams[route.upstream];
    std::vector<std::string> urls;
    urls.reserve(upstream.servers.size());
    for (auto const& server : upstream.servers) urls.push_back(server.url(upstream.base_path));
    return fmt::format("{} {}", upstream.name, fmt::join(urls, ", "));
}

std::vector<RouteRow> route_rows(proxy::Generation const& generation) {
    std::vector<RouteRow> rows;
    for (auto const& route : generation.routes()) {
        rows.push_back({.methods = methods_text(route),
                        .host = route.host,
                        .path = route.facts.pattern,
                        .access = route.facts.access,
                        .origin = origin_text(generation, route)});
    }
    return rows;
}

std::string routes_table(std::span<RouteRow const> rows) {
    std::vector<TableLine> lines{{"METHODS", "HOST", "PATH", "ACCESS", "UPSTREAM"}};
    for (auto const& row : rows) lines.push_back(line_of(row));
    bool const shows_host = std::ranges::any_of(rows, [](RouteRow const& row) { return !row.host.empty(); });

    TableLine const& first = lines.front();
    std::array<std::size_t, 5> widths{};
    for (std::size_t column = 0; column < first.size(); ++column) {
        for (auto const& line : lines) widths[column] = std::max(widths[column], line[column].size());
    }
    std::string text;
    for (auto const& line : lines) {
        for (std::size_t column = 0; column + 1 < line.size(); ++column) {
            if (column != host_column || shows_host) text += fmt::format("{:<{}}  ", line[column], widths[column]);
        }
        text += line.back() + '\n';
    }
    return text;
}

}  // namespace tollgate::server
