// The structure of a compact JWS (RFC 7515, section 7.1) and of its header, before any key is asked. Pure. It
// understands nothing that would let the token choose how it is checked (RFC 8725, section 3.1): the algorithm is
// pinned, `crit` is refused, keys and addresses inside the header are never looked at. All errors are
// errc::bad_token.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string_view>

namespace tollgate::auth {

enum class Algorithm { hs256, hs384, hs512 };

[[nodiscard]] std::string_view name_of(Algorithm algorithm) noexcept;  // "HS256"
[[nodiscard]] std::size_t digest_bytes(
    Algorithm algorithm) noexcept;  // also the least length of a key (RFC 7518, section 3.2)

inline constexpr std::size_t most_token_bytes = 16 * 1024;
inline constexpr std::size_t most_digest_bytes = 64;

// Views into the token; each part is still base64url.
struct TokenParts {
    std::string_view signed_text;  // header "." payload
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
};

// Exactly three non-empty parts.
[[nodiscard]] Result<TokenParts> split_token(std::string_view token);

// `typ`: absent or "JWT", or "at+jwt" (RFC 9068), case ignored.
enum class TokenType { jwt, access_token };

[[nodiscard]] Result<TokenType> read_header(std::string_view header, Algorithm pinned);

}  // namespace tollgate::auth
