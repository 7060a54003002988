// The body of a login as an account and a password: a form or JSON. Pure. What is wrong is answered in words that
// name the field, never with what was in it.
#pragma once

#include "base/secret.hpp"
#include "http/reply.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace tollgate::auth {

struct LoginAttempt {
    std::string email;    // as it was typed, for the store
    std::string account;  // the same folded: whose attempt it is, however it is spelled
    Secret password;
};

// `username` and `password` of application/x-www-form-urlencoded or multipart/form-data, `grant_type` when sent must
// be `password` (RFC 6749, section 4.3.2); or of application/json, where `email` may stand for `username`. Further
// fields are ignored. Errors: 400, 413 (the password), 415.
[[nodiscard]] std::expected<LoginAttempt, http::Reply> read_login(std::string_view content_type, std::string_view body);

}  // namespace tollgate::auth
