// The parameters of a media type or a disposition: `; name=value`, a value being a token or a quoted string (RFC 9110,
// section 5.6.6). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::http {

struct Parameter {
    std::string_view name;  // case kept: compare with equal_ignoring_case()
    std::string value;      // without quotes and escapes
};

// Takes one parameter off the front of `rest`, which begins at the semicolon; nothing when it is not well formed.
[[nodiscard]] std::optional<Parameter> take_parameter(std::string_view& rest);

}  // namespace tollgate::http
