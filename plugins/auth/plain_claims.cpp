#include "auth/plain_claims.hpp"

#include "base/base64url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tollgate::auth {
namespace {

constexpr std::size_t most_plain_bytes = 512;
constexpr std::size_t most_digits = 15;

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

// What stands between quotes; empty when it is not plain, or nothing.
std::string_view take_text(std::string_view& text) {
    if (!take(text, '"')) return {};
    auto const end = text.find('"');
    if (end == std::string_view::npos) return {};
    auto const taken = text.substr(0, end);
    text.remove_prefix(end + 1);
    bool const plain = std::ranges::all_of(taken, [](char c) { return c >= 0x20 && c < 0x7f && c != '\\'; });
    return plain ? taken : std::string_view();
}

std::optional<std::int64_t> take_number(std::string_view& text) {
    auto const digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > most_digits || (text.front() == '0' && digits > 1)) return std::nullopt;
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + digits, number);
    text.remove_prefix(digits);
    return number;
}

// What has been read so far.
class Members {
public:
    // The value of the member `name`, which begins here. False: not plain.
    bool take_value(std::string_view name, std::string_view& text) {
        if (name == "sub") return is_first(1) && take_into(claims_.subject, text) && !claims_.subject.contains(' ');
        if (name == "exp") return is_first(2) && take_into(expires_at_, text);
        if (name == "iat") return is_first(4) && take_into(claims_.issued_at, text);
        if (name == "ver") return is_first(8) && take_into(claims_.epoch, text);
        if (name == "jti") return is_first(16) && take_into(claims_.id, text);
        if (name == "iss") return is_first(32) && take_into(claims_.issuer, text);
        return name == "aud" && is_first(64) && take_into(claims_.audience.emplace_back(), text);
    }

    std::optional<Claims> release() && {
        if (claims_.subject.empty() || claims_.subject.size() > most_subject_bytes || !expires_at_) return std::nullopt;
        claims_.expires_at = *expires_at_;
        return std::move(claims_);
    }

private:
    bool is_first(unsigned bit) {
        bool const first = (seen_ & bit) == 0;
        seen_ |= bit;
        return first;
    }
    static bool take_into(std::string& into, std::string_view& text) {
        into = take_text(text);
        return !into.empty();
    }
    static bool take_into(std::optional<std::int64_t>& into, std::string_view& text) {
        into = take_number(text);
        return into.has_value();
    }

    Claims claims_;
    std::optional<std::int64_t> expires_at_;
    unsigned seen_ = 0;
};

}  // namespace

std::optional<Claims> read_plain_claims(std::string_view payload) {
    std::array<char, most_plain_bytes> buffer;
    auto const bytes = base64url::decode_into(payload, buffer);
    if (!bytes) return std::nullopt;
    std::string_view text(buffer.data(), *bytes);
    if (!take(text, '{')) return std::nullopt;
    Members members;
    do {
        auto const name = take_text(text);
        if (!take(text, ':') || !members.take_value(name, text)) return std::nullopt;
    } while (take(text, ','));
    if (text != "}") return std::nullopt;
    return std::move(members).release();
}

}  // namespace tollgate::auth
