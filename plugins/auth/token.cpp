#include "auth/token.hpp"

#include "base/base64url.hpp"
#include "base/strict_json.hpp"
#include "http/fields.hpp"

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

namespace tollgate::auth {
namespace {

std::string_view text_of(boost::json::string const& text) { return {text.data(), text.size()}; }

}  // namespace

std::string_view name_of(Algorithm algorithm) noexcept {
    switch (algorithm) {
        case Algorithm::hs256: return "HS256";
        case Algorithm::hs384: return "HS384";
        case Algorithm::hs512: break;
    }
    return "HS512";
}

std::size_t digest_bytes(Algorithm algorithm) noexcept {
    switch (algorithm) {
        case Algorithm::hs256: return 32;
        case Algorithm::hs384: return 48;
        case Algorithm::hs512: break;
    }
    return 64;
}

Result<TokenParts> split_token(std::string_view token) {
    constexpr auto none = std::string_view::npos;
    if (token.size() > most_token_bytes) return failure(errc::bad_token);
    auto const first = token.find('.');
    auto const second = first == none ? none : token.find('.', first + 1);
    if (second == none || token.find('.', second + 1) != none) return failure(errc::bad_token);
    TokenParts const parts{
        .signed_text = token.substr(0, second),
        .header = token.substr(0, first),
        .payload = token.substr(first + 1, second - first - 1),
        .signature = token.substr(second + 1),
    };
    if (parts.header.empty() || parts.payload.empty() || parts.signature.empty()) return failure(errc::bad_token);
    return parts;
}

Result<TokenType> read_header(std::string_view header, Algorithm pinned) {
    auto const bytes = base64url::decode(header);
    if (!bytes) return failure(errc::bad_token);
    auto const parsed = parse_strict_json(*bytes);
    if (!parsed) return failure(errc::bad_token);
    auto const& fields = parsed->get_object();

    auto const* const algorithm = fields.if_contains("alg");
    if (!algorithm || !algorithm->is_string() || text_of(algorithm->get_string()) != name_of(pinned))
        return failure(errc::bad_token);
    // `b64` says that another text was signed (RFC 7797); it is only valid together with `crit`.
    if (fields.contains("crit") || fields.contains("b64")) return failure(errc::bad_token);

    auto const* const type = fields.if_contains("typ");
    if (!type) return TokenType::jwt;
    if (!type->is_string()) return failure(errc::bad_token);
    auto const word = text_of(type->get_string());
    if (http::equal_ignoring_case(word, "JWT")) return TokenType::jwt;
    if (http::equal_ignoring_case(word, "at+jwt")) return TokenType::access_token;
    return failure(errc::bad_token);
}

}  // namespace tollgate::auth
