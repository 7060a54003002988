#include "auth/authorization.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tollgate::auth {
namespace {

constexpr std::string_view scheme = "Bearer";

constexpr std::array<bool, 256> token_characters = [] {
    std::array<bool, 256> table{};
    for (char const c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

// 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
bool is_b64token(std::string_view text) {
    auto const end = text.find_last_not_of('=');
    if (end == std::string_view::npos) return false;
    return std::ranges::all_of(text.substr(0, end + 1),
                               [](char c) { return token_characters[static_cast<unsigned char>(c)]; });
}

}  // namespace

Result<std::string_view> bearer_token(http::FieldList const& fields) {
    std::string_view value;
    std::size_t count = 0;
    for (auto const& field : fields) {
        if (field.id != http::FieldName::authorization) continue;
        value = field.value;
        ++count;
    }
    if (count == 0) return failure(errc::no_token);
    if (count > 1) return failure(errc::bad_token);
    auto const space = value.find_first_of(" \t");
    if (!http::equal_ignoring_case(value.substr(0, space), scheme)) return failure(errc::no_token);
    if (space == std::string_view::npos || value[space] != ' ') return failure(errc::bad_token);
    auto const token = value.substr(space + 1);
    if (!is_b64token(token)) return failure(errc::bad_token);
    return token;
}

}  // namespace tollgate::auth
