#include "auth/claims.hpp"

#include "base/base64url.hpp"
#include "base/strict_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>

namespace tollgate::auth {
namespace {

namespace json = boost::json;

bool is_visible_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

// RFC 7519, section 2: a NumericDate may have a fraction.
std::optional<std::int64_t> numeric_date(json::value const& value) {
    if (auto const* const whole = value.if_int64()) {
        if (*whole >= 0 && *whole <= most_numeric_date) return *whole;
    } else if (auto const* const number = value.if_double()) {
        if (*number >= 0 && *number <= static_cast<double>(most_numeric_date))
            return static_cast<std::int64_t>(*number);
    }
    return std::nullopt;  // also for a uint64: over 2^63
}

// Reads members of one object; remembers whether any had the wrong shape.
class Reader {
public:
    explicit Reader(json::object const& members) : members_(members) {}

    std::optional<std::int64_t> date(std::string_view name) {
        auto const* const value = members_.if_contains(name);
        if (!value) return std::nullopt;
        auto const date = numeric_date(*value);
        sound_ &= date.has_value();
        return date;
    }

    std::string text(std::string_view name) {
        auto const* const value = members_.if_contains(name);
        if (!value) return {};
        return non_empty(*value);
    }

    // `aud`: one string or an array of them (RFC 7519, section 4.1.3).
    std::vector<std::string> texts(std::string_view name) {
        auto const* const value = members_.if_contains(name);
        if (!value) return {};
        std::vector<std::string> all;
        if (auto const* const list = value->if_array()) {
            for (auto const& item : *list) all.push_back(non_empty(item));
        } else {
            all.push_back(non_empty(*value));
        }
        return all;
    }

    [[nodiscard]] bool sound() const { return sound_; }

private:
    std::string non_empty(json::value const& value) {
        auto const* const text = value.if_string();
        sound_ &= text && !text->empty();
        return text ? std::string(text->data(), text->size()) : std::string();
    }

    json::object const& members_;
    bool sound_ = true;
};

}  // namespace

Result<Claims> read_claims(std::string_view payload) {
    auto const bytes = base64url::decode(payload);
    if (!bytes) return failure(errc::bad_token);
    auto const parsed = parse_strict_json(*bytes);
    if (!parsed) return failure(errc::bad_token);

    Reader reader(parsed->get_object());
    Claims claims;
    claims.subject = reader.text("sub");
    auto const expires_at = reader.date("exp");
    claims.not_before = reader.date("nbf");
    claims.issued_at = reader.date("iat");
    claims.issuer = reader.text("iss");
    claims.audience = reader.texts("aud");
    claims.id = reader.text("jti");
    claims.epoch = reader.date("ver");

    bool const good_subject =
        !claims.subject.empty() && claims.subject.size() <= most_subject_bytes && is_visible_ascii(claims.subject);
    if (!reader.sound() || !good_subject || !expires_at) return failure(errc::bad_token);
    claims.expires_at = *expires_at;
    return claims;
}

Result<void> check_claims(Claims const& claims, ClaimRules const& rules, std::int64_t now) {
    if (now >= claims.expires_at) return failure(errc::token_expired);
    auto const latest = now + clock_leeway_seconds;
    if (claims.not_before.value_or(0) > latest || claims.issued_at.value_or(0) > latest)
        return failure(errc::token_not_yet_valid);
    if (!rules.issuer.empty() && claims.issuer != rules.issuer) return failure(errc::bad_token);
    if (!rules.audience.empty() && std::ranges::find(claims.audience, rules.audience) == claims.audience.end())
        return failure(errc::bad_token);
    return {};
}

}  // namespace tollgate::auth
