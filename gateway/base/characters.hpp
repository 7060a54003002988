// Classes of ASCII characters and what is done with them, each decided in this one place: case, digits, tokens, blanks,
// controls. The locale is never asked, and a byte over 127 is no letter. Pure.
#pragma once

#include "base/byte_block.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate {

using CharacterSet = std::array<bool, 256>;

constexpr CharacterSet characters_of(std::string_view members) {
    CharacterSet set{};
    for (char const c : members) set[static_cast<unsigned char>(c)] = true;
    return set;
}

[[nodiscard]] constexpr bool in(CharacterSet const& set, char c) noexcept { return set[static_cast<unsigned char>(c)]; }

[[nodiscard]] constexpr bool only(CharacterSet const& set, std::string_view text) noexcept {
    return std::ranges::all_of(text, [&set](char c) { return in(set, c); });
}

// RFC 9110, section 5.6.2.
inline constexpr CharacterSet token_characters =
    characters_of("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

// RFC 3986, section 2.3.
inline constexpr CharacterSet unreserved_characters =
    characters_of("-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

// Whether `text` is a token: what a field name and a method are made of.
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && only(token_characters, text);
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

[[nodiscard]] constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

[[nodiscard]] constexpr bool is_letter(char c) noexcept { return lower(c) >= 'a' && lower(c) <= 'z'; }

// ALPHA and DIGIT of RFC 5234, appendix B.1.
[[nodiscard]] constexpr bool is_alphanumeric(char c) noexcept { return is_letter(c) || is_digit(c); }

[[nodiscard]] inline std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    auto const size = a.size();
    if !consteval {
        auto const same_word = [&](std::size_t at) {
            return WordBlock(a.data() + at).same_letters_as(WordBlock(b.data() + at));
        };
        if (size >= WordBlock::size) {
            for (std::size_t at = 0; at + WordBlock::size < size; at += WordBlock::size) {
                if (!same_word(at)) return false;
            }
            return same_word(size - WordBlock::size);
        }
        if (size >= WordBlock::size / 2)
            return WordBlock(load_few(a.data(), size)).same_letters_as(WordBlock(load_few(b.data(), size)));
    }
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// The value of a hexadecimal digit; -1 for another character.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    char const letter = lower(c);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// The byte that the two hexadecimal digits after a `%` at the front of `text` stand for; -1 when they are none.
[[nodiscard]] constexpr int escaped_byte(std::string_view text) noexcept {
    if (text.size() < 3) return -1;
    int const high = hex_value(text[1]);
    int const low = hex_value(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// What may be printed and is seen: ASCII without space and controls (VCHAR of RFC 5234, appendix B.1).
[[nodiscard]] constexpr bool is_visible(char c) noexcept { return c > 0x20 && c < 0x7f; }

[[nodiscard]] constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

// What a field value and a reason phrase may hold: no control but HTAB (RFC 9110, section 5.5).
[[nodiscard]] constexpr bool is_value_character(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return ((byte >= 0x20) & (byte != 0x7f)) | (c == '\t');
}

// `text` without the blanks around it: the OWS of RFC 9110, section 5.6.3.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace tollgate
