// The fields behind a chunked body (RFC 9112, section 7.1.2). They are dropped, but for those that a route lists:
// nobody checked what they say, and whoever merges them into the head would believe them. Pure.
#pragma once

#include "http/fields.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tollgate::http {

// The lines of `section`, well-formed and without its empty line, whose name is one of `names` (case ignored), written
// anew into `arena`.
[[nodiscard]] std::string_view kept_trailers(std::string_view section, std::span<std::string const> names,
                                             Arena& arena);

}  // namespace tollgate::http
