// The bearer token of a request (RFC 6750, section 2.1). Pure, no allocation.
#pragma once

#include "base/error.hpp"
#include "http/fields.hpp"

#include <string_view>

namespace tollgate::auth {

// Exactly one Authorization field, the scheme Bearer in any case, one space, a b64token. no_token: there is no such
// field, or another scheme. bad_token: everything else. The view points into the field's value.
[[nodiscard]] Result<std::string_view> bearer_token(http::FieldList const& fields);

}  // namespace tollgate::auth
