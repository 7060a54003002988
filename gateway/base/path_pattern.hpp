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

// Whether a path must not hold the escape at the front of `text`, or it is none: a slash or backslash would be a
// separator to some, a control ends the path for others (`$` of a regular expression matches before a final line feed),
// and what begins an overlong form of UTF-8 (RFC 3629, section 3) hides a character that has a shorter one.
[[nodiscard]] bool is_forbidden_escape(std::string_view text) noexcept;

// Whether some server takes a segment, decoded as far as it may be, for an empty one, `.` or `..`: some cut off what
// follows a `;`, some drop spaces at the end, some take an encoded `?` or `#` for the end of the path.
[[nodiscard]] bool is_odd_segment(std::string_view segment) noexcept;

// What is wrong with a path pattern, as a sentence for the operator; nothing when it is fine. `{id}` must be a whole
// segment with a name, `*` the whole last segment, and the literal parts must be normalised already.
[[nodiscard]] std::optional<std::string> pattern_error(std::string_view path);

// The same for a literal path without a slash at its end: "/v1", "/a/b".
[[nodiscard]] std::optional<std::string> prefix_error(std::string_view path);

}  // namespace tollgate
