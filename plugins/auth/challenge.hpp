// Refusals as RFC 6750 wants them: the status of the reason, a WWW-Authenticate on every 401, a Retry-After on every
// 503.
#pragma once

#include "base/error.hpp"
#include "http/reply.hpp"

#include <chrono>
#include <string_view>

namespace tollgate::auth {

inline constexpr std::string_view plain_challenge = R"(Bearer realm="tollgate")";
inline constexpr std::string_view token_challenge = R"(Bearer realm="tollgate", error="invalid_token")";
inline constexpr std::chrono::seconds retry_soon{1};

// For a request to a protected route. The error attribute is there only when a bearer token was sent (section 3.1).
[[nodiscard]] http::Reply refused_token(errc reason);

}  // namespace tollgate::auth
