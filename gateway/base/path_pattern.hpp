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

// Whether a path must not name this byte by an escape: a slash or backslash would be a separator to some, a control ends
// the path for others (`$` of a regular expression matches before a final line feed), and the overlong forms that begin
// with C0 and C1 hide ASCII.
[[nodiscard]] constexpr bool is_forbidden_escape(int byte) noexcept {
    return byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\' || byte == 0xc0 || byte == 0xc1;
}

// Whether some server takes a segment, decoded as far as it may be, for an empty one, `.` or `..`: some cut off what
// follows a `;`, some drop spaces at the end.
[[nodiscard]] bool is_odd_segment(std::string_view segment) noexcept;

// What is wrong with a path pattern, as a sentence for the operator; nothing when it is fine. `{id}` must be a whole
// segment with a name, `*` the whole last segment, and the literal parts must be normalised already.
[[nodiscard]] std::optional<std::string> pattern_error(std::string_view path);

// The same for a literal path without a slash at its end: "/v1", "/a/b".
[[nodiscard]] std::optional<std::string> prefix_error(std::string_view path);

}  // namespace tollgate
