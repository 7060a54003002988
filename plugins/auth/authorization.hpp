// The bearer token of a request (RFC 6750, section 2.1). Pure, no allocation.
#pragma once

#include "base/error.hpp"
#include "http/fields.hpp"

#include <string_view>

namespace tollgate::auth {

// Exactly one Authorization field, the scheme Bearer in any case, one space, and the token, whatever it is made of: one
// that is known need not be looked at. no_token: there is no such field, or another scheme. bad_token: everything else.
// The view points into the field's value.
[[nodiscard]] Result<std::string_view> bearer_token(http::FieldList const& fields);

// 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=": what a token is made of.
[[nodiscard]] bool is_b64token(std::string_view text) noexcept;

}  // namespace tollgate::auth
