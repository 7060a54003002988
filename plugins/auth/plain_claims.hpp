// Claims in the plain form in which issuers write them, read without a JSON reader and, but for long texts, without
// memory: one flat object without white space, escapes or doubt. Everything else is left to read_claims(). Pure.
#pragma once

#include "auth/claims.hpp"

#include <optional>
#include <string_view>

namespace tollgate::auth {

// From the payload, still base64url. Each of `sub`, `exp`, `iat`, `jti`, `ver`, `iss` and `aud` once at the most, and
// no others; numbers of up to 15 digits, texts of printable ASCII without `"` and `\`. Two readers of JSON cannot see
// two things in that. Nothing when the form is another, which says nothing about the token; else what read_claims()
// returns.
[[nodiscard]] std::optional<Claims> read_plain_claims(std::string_view payload);

}  // namespace tollgate::auth
