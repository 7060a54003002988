#include "auth/authorization.hpp"

#include "base/characters.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate::auth {
namespace {

constexpr std::string_view scheme = "Bearer";

// Without branches: leading() wants it so.
constexpr bool is_token_character(char c) noexcept {
    bool const letter = ((c | 0x20) >= 'a') & ((c | 0x20) <= 'z');
    bool const digit_or_mark = (c >= '-') & (c <= '9');  // "-./" stand before the digits
    return letter | digit_or_mark | (c == '+') | (c == '_') | (c == '~');
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
    auto const space = static_cast<std::size_t>(std::ranges::find_if(value, is_blank) - value.begin());
    if (!http::equal_ignoring_case(value.substr(0, space), scheme)) return failure(errc::no_token);
    if (space == value.size() || value[space] != ' ') return failure(errc::bad_token);
    return value.substr(space + 1);
}

bool is_b64token(std::string_view text) noexcept {
    auto const length = leading<is_token_character>(text);
    return length > 0 && text.substr(length).find_first_not_of('=') == std::string_view::npos;
}

}  // namespace tollgate::auth
