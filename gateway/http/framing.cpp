#include "http/framing.hpp"

#include "base/host_name.hpp"
#include "http/hop.hpp"

#include <limits>
#include <optional>

namespace tollgate::http {
namespace {

constexpr std::uint64_t most_length = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> read_length(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::uint64_t length = 0;
    for (char const c : text) {
        if (!is_digit(c)) return std::nullopt;
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (length > (most_length - digit) / 10) return std::nullopt;
        length = length * 10 + digit;
    }
    return length;
}

// What a field section says about the body that follows it; nothing when it can be read in more than one way.
struct Announced {
    std::optional<std::uint64_t> length;
    bool chunked = false;

    [[nodiscard]] bool any_bytes() const noexcept { return chunked || length.value_or(0) > 0; }
};

std::optional<Announced> announced(FieldList const& fields, unsigned minor) noexcept {
    Announced body;
    if (!fields.may_hold(FieldName::content_length) && !fields.may_hold(FieldName::transfer_encoding)) return body;
    for (auto const& field : fields) {
        if (field.id == FieldName::content_length) {
            auto const length = read_length(field.value);
            if (!length || body.length) return std::nullopt;
            body.length = length;
        } else if (field.id == FieldName::transfer_encoding) {
            if (body.chunked || minor == 0 || !equal_ignoring_case(field.value, "chunked")) return std::nullopt;
            body.chunked = true;
        }
    }
    if (body.length && body.chunked) return std::nullopt;
    return body;
}

bool has_valid_host(RequestHead const& head) noexcept {
    auto const count = head.fields.count(FieldName::host);
    if (count == 0) return head.minor == 0;
    return count == 1 && is_host(*head.fields.find(FieldName::host));
}

// RFC 9112, section 9.3.
Persistence persistence(FieldList const& fields, unsigned minor) noexcept {
    if (connection_names(fields, "close")) return Persistence::close;
    return minor == 1 || connection_names(fields, "keep-alive") ? Persistence::keep_alive : Persistence::close;
}

// No body follows these, whatever their fields say (RFC 9112, section 6.3).
bool is_bodiless(unsigned status) noexcept { return status < 200 || status == 204 || status == 304; }

bool is_port(std::string_view text) noexcept {
    auto const number = read_length(text);
    return text.size() <= 5 && number && *number <= std::numeric_limits<std::uint16_t>::max();
}

}  // namespace

Result<Framing> request_framing(RequestHead const& head) {
    auto const body = announced(head.fields, head.minor);
    if (!body || connection_options(head.fields) > most_connection_options) return failure(errc::bad_request_framing);
    if (!has_valid_host(head)) return failure(errc::bad_host);
    if (body->chunked) return Framing{BodyKind::chunked, 0};
    return body->length ? Framing{BodyKind::length, *body->length} : Framing{};
}

Result<Framing> response_framing(std::string_view method, ResponseHead const& head) {
    auto const body = announced(head.fields, head.minor);
    if (!body || connection_options(head.fields) > most_connection_options) return failure(errc::upstream_bad_response);
    if (method == "HEAD" || is_bodiless(head.status)) return Framing{};
    if (body->chunked) return Framing{BodyKind::chunked, 0};
    return body->length ? Framing{BodyKind::length, *body->length} : Framing{BodyKind::until_close, 0};
}

Persistence request_persistence(RequestHead const& head) noexcept { return persistence(head.fields, head.minor); }

bool announces_body(ResponseHead const& head) noexcept {
    auto const body = announced(head.fields, head.minor);
    return !body || body->any_bytes();
}

Persistence response_persistence(ResponseHead const& head, Framing framing) noexcept {
    if (framing.kind == BodyKind::until_close) return Persistence::close;
    // A body announced where none may be: if it comes all the same, it would be read as the next answer. 304 describes
    // another's.
    bool const may_announce = !is_bodiless(head.status) || head.status == 304;
    auto const body = announced(head.fields, head.minor);
    if (!body || (!may_announce && body->any_bytes())) return Persistence::close;
    return persistence(head.fields, head.minor);
}

// Stricter than the grammar in the name, and a colon is followed by a port.
bool is_host(std::string_view text) noexcept {
    if (text.starts_with('[')) {
        auto const close = text.find(']');
        if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return false;
        auto const rest = text.substr(close + 1);
        return rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)));
    }
    auto const colon = text.find(':');
    if (!is_registered_name(text.substr(0, colon))) return false;
    return colon == std::string_view::npos || is_port(text.substr(colon + 1));
}

}  // namespace tollgate::http
