// How the configuration's errors speak: values in backquotes, lists of what would be right, the word that was probably
// meant. Pure.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::settings {

// "`text`", at most 60 bytes of it, with `?` for controls and non-ASCII: it goes to a terminal.
[[nodiscard]] std::string backquoted(std::string_view text);

// "`a`, `b` or `c`".
[[nodiscard]] std::string listed(std::span<std::string_view const> words);

// The one of `words` that is at most two slips away from `word`, and fewer than half its length; nothing when none is.
[[nodiscard]] std::optional<std::string_view> closest(std::string_view word, std::span<std::string const> words);

// std::ranges::contains, which the library of this compiler lacks.
template <std::ranges::input_range Range, class T, class Projection = std::identity>
[[nodiscard]] constexpr bool contains(Range const& range, T const& value, Projection projection = {}) {
    return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

}  // namespace tollgate::settings
