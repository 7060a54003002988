// The claims of a token (RFC 7519, section 4) as typed values, and the rules that they must meet. Pure: the time is
// passed in. Read only after the signature was found good.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::auth {

inline constexpr std::int64_t most_numeric_date = std::int64_t{1} << 53;  // what a JSON number holds exactly
inline constexpr std::size_t most_subject_bytes = 255;
inline constexpr std::int64_t clock_leeway_seconds = 60;  // for `iat` and `nbf`; `exp` has none

struct Claims {
    std::string subject;          // 1-255 visible ASCII characters
    std::int64_t expires_at = 0;  // seconds since 1970; fractions are dropped
    std::optional<std::int64_t> not_before;
    std::optional<std::int64_t> issued_at;
    std::string issuer;  // empty: absent
    std::vector<std::string> audience;
    std::string id;  // `jti`; empty: absent
    // `ver`, in tokens that we issue: the user's token epoch when it was issued. Every event that ends older tokens
    // raises the epoch, so a token of the same second is on the right side of it, whatever the clock does.
    std::optional<std::int64_t> epoch;
};

// What is asked of issuer and audience; empty: not asked.
struct ClaimRules {
    std::string issuer;
    std::string audience;
};

// From the payload, still base64url. errc::bad_token when a claim has the wrong type or is out of bounds, or when
// `sub` or `exp` are missing.
[[nodiscard]] Result<Claims> read_claims(std::string_view payload);

// Whether the claims are good at `now`. An expired token says token_expired whatever else is wrong with it.
[[nodiscard]] Result<void> check_claims(Claims const& claims, ClaimRules const& rules, std::int64_t now);

}  // namespace tollgate::auth
