#include "auth/verifier.hpp"

#include "base/base64url.hpp"

#include <jwt/jwt.hpp>

#include <algorithm>
#include <exception>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace tollgate::auth {
namespace {

constexpr std::size_t token_id_bytes = 16;

jwt::string_view view(std::string_view text) { return {text.data(), text.size()}; }

// The library compares `exp` and `nbf` with the system clock, and subtracts its one leeway from `nbf` without a look
// at the sign. This is the largest leeway that cannot wrap: our own clock has decided already.
std::uint32_t widest_leeway(Claims const& claims) {
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::min(claims.not_before.value_or(most), most));
}

bool library_agrees(std::string_view token, TokenSettings const& settings, Claims const& claims) {
    try {
        using namespace jwt::params;
        std::vector<std::string> const pinned{std::string(name_of(settings.algorithm))};
        std::error_code error;
        auto const decoded = jwt::decode(view(token), algorithms(pinned), error, secret(view(settings.secret.reveal())),
                                         verify(true), leeway(widest_leeway(claims)));
        return !error && decoded.payload().get_claim_value<std::string>("sub") == claims.subject;
    } catch (std::exception const&) {
        return false;
    }
}

}  // namespace

Verifier::Verifier(TokenSettings settings)
    : settings_(std::move(settings)), keyring_(settings_.algorithm, settings_.secret.reveal()) {}

Result<Claims> Verifier::verify(std::string_view token, std::int64_t now) const {
    auto const parts = split_token(token);
    if (!parts) return std::unexpected(parts.error());
    auto const type = read_header(parts->header, settings_.algorithm);
    if (!type) return std::unexpected(type.error());
    if (auto const good = keyring_.check(parts->signed_text, parts->signature); !good)
        return std::unexpected(good.error());
    auto claims = read_claims(parts->payload);
    if (!claims) return claims;
    if (auto const good = check_claims(*claims, settings_.rules, now); !good) return std::unexpected(good.error());
    // The library knows no other type than JWT, so it has no say about `at+jwt`.
    if (*type == TokenType::jwt && !library_agrees(token, settings_, *claims)) return failure(errc::bad_token);
    return claims;
}

Result<std::string> Verifier::issue(std::string_view subject, std::int64_t epoch, std::int64_t now) const {
    try {
        using namespace jwt::params;
        jwt::jwt_object token{algorithm(view(name_of(settings_.algorithm))), secret(view(settings_.secret.reveal()))};
        token.add_claim("sub", std::string(subject))
            .add_claim("iat", now)
            .add_claim("exp", now + settings_.lifetime.count())
            .add_claim("jti", base64url::encode(random_bytes(token_id_bytes)))
            .add_claim("ver", epoch);
        if (!settings_.rules.issuer.empty()) token.add_claim("iss", settings_.rules.issuer);
        if (!settings_.rules.audience.empty()) token.add_claim("aud", settings_.rules.audience);
        std::error_code error;
        auto text = token.signature(error);
        if (error) return failure(errc::internal_error);
        return text;
    } catch (std::exception const&) {
        return failure(errc::internal_error);
    }
}

}  // namespace tollgate::auth
