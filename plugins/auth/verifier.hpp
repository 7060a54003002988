// From the text of a token to its claims, and from a user to a token. Verifying asks in the order of cost: the strict
// structure (ours), the signature (forgeries end here), the typed claims against our clock, and last the JWT library,
// which must agree (a second lock) unless the token has a form in which it has nothing to say: a usual header and plain
// claims. Issuing is the library's. Immutable, asked by every worker at once. The only unit
// that includes cpp-jwt.
#pragma once

#include "auth/claims.hpp"
#include "auth/keyring.hpp"
#include "auth/token.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::auth {

struct TokenSettings {
    Algorithm algorithm = Algorithm::hs256;
    Secret secret;
    std::chrono::seconds lifetime = std::chrono::minutes(30);
    ClaimRules rules;  // also what issued tokens say
};

class Verifier {
public:
    // Throws std::runtime_error when the two locks differ about a token of the library's own: nothing can go on then.
    explicit Verifier(TokenSettings settings);

    // Errors: bad_token, bad_signature, token_expired, token_not_yet_valid. `now` in seconds since 1970.
    [[nodiscard]] Result<Claims> verify(std::string_view token, std::int64_t now) const;

    // A token for `subject` with `iat`, `exp`, a random `jti`, `ver` = `epoch`, and `iss` and `aud` when configured.
    // errc::internal_error when the library fails.
    [[nodiscard]] Result<std::string> issue(std::string_view subject, std::int64_t epoch, std::int64_t now) const;

    [[nodiscard]] std::chrono::seconds lifetime() const noexcept { return settings_.lifetime; }

private:
    // A header that both readers have read already, and what ours made of it.
    struct KnownHeader {
        std::string text;  // base64url
        TokenType type;
    };
    [[nodiscard]] bool locks_agree() const;
    [[nodiscard]] KnownHeader const* known_header(std::string_view text) const noexcept;

    TokenSettings settings_;
    Keyring keyring_;
    std::vector<KnownHeader> known_headers_;
};

}  // namespace tollgate::auth
