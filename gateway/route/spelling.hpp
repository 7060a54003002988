// Other spellings of a normalised path that servers take for the same: some decode every escape before they look for a
// handler, some then cut off what follows a `;` (RFC 3986, section 3.3), or spaces at the end, or take a `?` or `#` for
// the end of the path. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::route {

[[nodiscard]] bool has_other_spellings(std::string_view path) noexcept;

// With every escape of visible ASCII decoded, but for that of `%` itself, which would begin an escape.
[[nodiscard]] std::string decoded(std::string_view path);

// Of a decoded path: what comes before a `?` or `#`, each segment without what follows a `;`, and without `%20` at its
// end.
[[nodiscard]] std::string cut_short(std::string_view path);

}  // namespace tollgate::route
