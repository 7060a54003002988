// The routes of a generation as rows of text, for `tollgate routes`. Pure; also the words for methods and origins
// that `explain` uses.
#pragma once

#include "base/access.hpp"
#include "proxy/generation.hpp"

#include <span>
#include <string>
#include <vector>

namespace tollgate::server {

struct RouteRow {
    std::string methods;
    std::string host;  // empty: any
    std::string path;
    Access access = Access::guarded;
    std::string origin;
};

// In the order of the file, then the endpoints of the plugins.
[[nodiscard]] std::vector<RouteRow> route_rows(proxy::Generation const& generation);

// Columns METHODS, HOST (only when a row has one), PATH, ACCESS (`protected` or `PUBLIC`) and UPSTREAM, one line a row.
[[nodiscard]] std::string routes_table(std::span<RouteRow const> rows);

// "GET,POST"; "any" when none is named.
[[nodiscard]] std::string methods_text(proxy::Route const& route);

// "ai http://127.0.0.1:8000/v1", all its servers behind each other; for an endpoint the plugin in parentheses:
// "(auth)".
[[nodiscard]] std::string origin_text(proxy::Generation const& generation, proxy::Route const& route);

}  // namespace tollgate::server
