#include "auth/authorization.hpp"

#include "base/scan.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate::auth {
namespace {

constexpr std::string_view scheme = "Bearer";

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
    auto const length = leading<BearerCharacters>(text);
    return length > 0 && text.substr(length).find_first_not_of('=') == std::string_view::npos;
}

}  // namespace tollgate::auth
