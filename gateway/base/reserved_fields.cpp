#include "base/reserved_fields.hpp"

#include "base/characters.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate {
namespace {

constexpr std::string_view identity_prefix = "x-user-";
constexpr std::string_view forwarding_prefix = "x-forwarded";

constexpr bool is_forwarding(ReservedField const& field) noexcept { return field.role == FieldRole::forwarding; }

constexpr auto forwarding_fields = [] {
    std::array<ReservedField, std::ranges::count_if(reserved_fields, is_forwarding)> found{};
    std::ranges::copy_if(reserved_fields, found.begin(), is_forwarding);
    return found;
}();

constexpr auto folds = [] {
    std::array<char, 256> to{};
    for (std::size_t i = 0; i < to.size(); ++i) {
        auto const c = static_cast<char>(i);
        to[i] = in(token_characters, c) && !is_letter(c) && !is_digit(c) ? '-' : lower(c);
    }
    return to;
}();

constexpr char fold(char c) noexcept { return folds[static_cast<unsigned char>(c)]; }

bool begins_folded(std::string_view name, std::string_view prefix) noexcept {
    return name.size() >= prefix.size() && equal_folded(name.substr(0, prefix.size()), prefix);
}

}  // namespace

FieldRole role_of(std::string_view field_name) noexcept {
    if (is_identity_name(field_name)) return FieldRole::identity;
    if (begins_folded(field_name, forwarding_prefix)) return FieldRole::forwarding;
    auto const same = [field_name](ReservedField const& field) { return equal_folded(field_name, field.name); };
    auto const found = std::ranges::find_if(reserved_fields, same);
    return found == reserved_fields.end() ? FieldRole::ordinary : found->role;
}

bool is_identity_name(std::string_view field_name) noexcept { return begins_folded(field_name, identity_prefix); }

bool is_forwarding_name(std::string_view field_name) noexcept {
    auto const same = [field_name](ReservedField const& field) { return equal_folded(field_name, field.name); };
    return begins_folded(field_name, forwarding_prefix) || std::ranges::any_of(forwarding_fields, same);
}

bool is_plain_name(std::string_view field_name) noexcept {
    return std::ranges::all_of(field_name, [](char c) { return c == '-' || is_letter(c) || is_digit(c); });
}

bool equal_folded(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return fold(x) == fold(y); });
}

std::string folded(std::string_view field_name) {
    std::string result(field_name);
    std::ranges::transform(result, result.begin(), fold);
    return result;
}

}  // namespace tollgate
