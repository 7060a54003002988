// How one route stands to a request: whether it would admit it, or by how little it misses. Asks a router of that one
// route, so that the rules of matching stay in route/router. Pure; for `explain`, not for the hot path.
#pragma once

#include "route/router.hpp"

#include <string_view>

namespace tollgate::server {

enum class Fit { admits, other_method, other_host, other_slash, other_case, none };

// `path` is normalised and has no query; `host` may be empty.
[[nodiscard]] Fit fit_of(route::Pattern const& pattern, std::string_view host, std::string_view method,
                         std::string_view path);

}  // namespace tollgate::server
