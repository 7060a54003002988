// JSON from outside, read strictly: one object at the root (RFC 8259), valid UTF-8, at most 32 levels, and no member
// name twice in one object (the stock parser keeps the last one silently, so two readers of one text could see two
// things). The only way in which the project reads JSON that it did not write itself. The caller bounds the length.
#pragma once

#include "base/error.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string_view>

namespace tollgate {

inline constexpr std::size_t most_json_depth = 32;

// The value is always an object. Every error is errc::bad_form.
[[nodiscard]] Result<boost::json::value> parse_strict_json(std::string_view text);

}  // namespace tollgate
