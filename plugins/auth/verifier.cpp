#include "auth/verifier.hpp"

#include "auth/plain_claims.hpp"
#include "base/base64url.hpp"

#include <fmt/format.h>
#include <jwt/jwt.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

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

// As most issuers write it. What a reader makes of a header depends on its text alone, so these are read once.
std::array<std::string, 3> usual_headers(Algorithm algorithm) {
    auto const name = name_of(algorithm);
    return {fmt::format(R"({{"alg":"{}","typ":"JWT"}})", name), fmt::format(R"({{"typ":"JWT","alg":"{}"}})", name),
            fmt::format(R"({{"alg":"{}"}})", name)};
}

jwt::algorithm of_library(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::hs256: return jwt::algorithm::HS256;
        case Algorithm::hs384: return jwt::algorithm::HS384;
        case Algorithm::hs512: break;
    }
    return jwt::algorithm::HS512;
}

bool library_reads_header(jwt::jwt_header& header, std::string_view text, Algorithm pinned) {
    std::error_code error;
    header.decode(view(text), error);
    return !error && header.algo() == of_library(pinned);
}

bool library_finds_signature_good(TokenParts const& parts, Algorithm algorithm, std::string_view key) {
    auto const check = [&](auto verify) {
        auto const [good, error] = verify(view(key), view(parts.signed_text), view(parts.signature));
        return good && !error;
    };
    switch (algorithm) {
        case Algorithm::hs256: return check(jwt::HMACSign<jwt::algo::HS256>::verify);
        case Algorithm::hs384: return check(jwt::HMACSign<jwt::algo::HS384>::verify);
        case Algorithm::hs512: break;
    }
    return check(jwt::HMACSign<jwt::algo::HS512>::verify);
}

// What the library's own rules ask for: nothing but the times.
struct TimesAlone {
    std::uint32_t leeway = 0;
    bool has_issuer = false;
    bool has_aud = false;
    bool has_sub = false;
    bool validate_iat = false;
    bool validate_jti = false;
    std::string_view issuer, aud, sub;
};

// The steps of jwt::decode(), which would copy the key twice and read each header anew.
bool library_agrees(TokenParts const& parts, bool knows_header, TokenSettings const& settings, Claims const& claims) {
    try {
        jwt::jwt_object token;
        if (knows_header) token.header().algo(of_library(settings.algorithm));
        else if (!library_reads_header(token.header(), parts.header, settings.algorithm)) return false;
        std::error_code error;
        token.payload().decode(view(parts.payload), error);
        if (error) return false;
        std::array<std::string_view, 1> const pinned{name_of(settings.algorithm)};
        if (token.verify(TimesAlone{.leeway = widest_leeway(claims)}, jwt::params::algorithms(pinned))) return false;
        return library_finds_signature_good(parts, settings.algorithm, settings.secret.reveal()) &&
               token.payload().get_claim_value<std::string>("sub") == claims.subject;
    } catch (std::exception const&) {
        return false;
    }
}

}  // namespace

Verifier::Verifier(TokenSettings settings)
    : settings_(std::move(settings)), keyring_(settings_.algorithm, settings_.secret.reveal()) {
    for (auto const& json : usual_headers(settings_.algorithm)) {
        auto text = base64url::encode(json);
        auto const type = read_header(text, settings_.algorithm);
        jwt::jwt_header header;
        if (type && library_reads_header(header, text, settings_.algorithm))
            known_headers_.push_back({.text = std::move(text), .type = *type});
    }
    if (!locks_agree()) throw std::runtime_error("the JWT library and OpenSSL sign differently");
}

// With this key, about a token that the library signs, and also when another one came between: what OpenSSL keeps ready
// is used again, which early versions of 3.0 get wrong.
bool Verifier::locks_agree() const {
    auto const token = issue("1", 1, 1);
    auto const parts = token ? split_token(*token) : failure(errc::internal_error);
    return parts && keyring_.check(parts->signed_text, parts->signature) &&
           !keyring_.check(parts->header, parts->signature) && keyring_.check(parts->signed_text, parts->signature) &&
           known_header(parts->header) &&
           library_finds_signature_good(*parts, settings_.algorithm, settings_.secret.reveal());
}

Verifier::KnownHeader const* Verifier::known_header(std::string_view text) const noexcept {
    auto const found = std::ranges::find(known_headers_, text, &KnownHeader::text);
    return found == known_headers_.end() ? nullptr : &*found;
}

Result<Claims> Verifier::verify(std::string_view token, std::int64_t now) const {
    auto const parts = split_token(token);
    if (!parts) return std::unexpected(parts.error());
    auto const* const known = known_header(parts->header);
    auto const type = known ? known->type : read_header(parts->header, settings_.algorithm);
    if (!type) return std::unexpected(type.error());
    if (auto const good = keyring_.check(parts->signed_text, parts->signature); !good)
        return std::unexpected(good.error());
    auto plain = known ? read_plain_claims(parts->payload) : std::nullopt;
    bool const is_plain = plain.has_value();
    auto claims = is_plain ? Result<Claims>(*std::move(plain)) : read_claims(parts->payload);
    if (!claims) return claims;
    if (auto const good = check_claims(*claims, settings_.rules, now); !good) return std::unexpected(good.error());
    // Whatever reads plain claims reads the same, and a signature has one spelling: the library could only repeat all
    // of this. It knows no other type than JWT, so it has no say about `at+jwt` either.
    if (!is_plain && *type == TokenType::jwt && !library_agrees(*parts, known != nullptr, settings_, *claims))
        return failure(errc::bad_token);
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
