// The syntax of the paths that the operator writes: patterns of routes, base paths of upstreams, prefixes to strip.
// What is matched are normalised paths (http/target), so a pattern that no normalised path can equal is refused with a
// sentence that says what to write instead. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

inline constexpr std::size_t most_pattern_bytes = 2048;
inline constexpr std::size_t most_pattern_segments = 64;

// What is wrong with a path pattern, as a sentence for the operator; nothing when it is fine. `{id}` must be a whole
// segment with a name, `*` the whole last segment, and the literal parts must be normalised already.
[[nodiscard]] std::optional<std::string> pattern_error(std::string_view path);

// The same for a literal path without a slash at its end: "/v1", "/a/b".
[[nodiscard]] std::optional<std::string> prefix_error(std::string_view path);

}  // namespace tollgate
