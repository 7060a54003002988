#include "settings/words.hpp"

#include "base/characters.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace tollgate::settings {
namespace {

constexpr std::size_t most_shown_bytes = 60;
constexpr std::size_t most_compared_bytes = 40;

// Levenshtein's distance, one row at a time.
std::size_t slips(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            auto const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string backquoted(std::string_view text) {
    std::string shown = "`";
    for (char const c : text.substr(0, most_shown_bytes)) shown += is_visible(c) || c == ' ' ? c : '?';
    if (text.size() > most_shown_bytes) shown += "...";
    return shown + '`';
}

std::string listed(std::span<std::string_view const> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += backquoted(words[i]);
    }
    return text;
}

std::optional<std::string_view> closest(std::string_view word, std::span<std::string const> words) {
    if (word.size() > most_compared_bytes) return std::nullopt;
    std::optional<std::string_view> best;
    auto least = std::min<std::size_t>(3, (word.size() + 1) / 2);
    for (auto const& candidate : words) {
        if (candidate.size() > most_compared_bytes) continue;
        if (auto const distance = slips(word, candidate); distance < least) {
            least = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace tollgate::settings
