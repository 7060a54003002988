// How a message says where its body ends (RFC 9112, section 6). Pure: a head in, a decision out; what is ambiguous is
// refused, never resolved. This is where request smuggling is stopped.
#pragma once

#include "base/error.hpp"
#include "http/head.hpp"

#include <cstdint>
#include <string_view>

namespace tollgate::http {

enum class BodyKind { none, length, chunked, until_close };

struct Framing {
    BodyKind kind = BodyKind::none;
    std::uint64_t length = 0;  // for BodyKind::length

    [[nodiscard]] bool has_body() const noexcept {
        return kind != BodyKind::none && !(kind == BodyKind::length && length == 0);
    }
};

enum class Persistence { keep_alive, close };

// Refused with bad_request_framing: Content-Length together with Transfer-Encoding; a length that is repeated, signed,
// joined by commas or over 2^63-1; a Transfer-Encoding that is not exactly one `chunked`, or in HTTP/1.0; over 32
// connection options. With bad_host: not exactly one Host in HTTP/1.1, more than one in 1.0, or one that is no
// host[:port].
[[nodiscard]] Result<Framing> request_framing(RequestHead const& head);

// For the answer to `method`: no body for HEAD, 1xx, 204, 304; else chunked, a length, or until the connection closes.
// Every ambiguity is upstream_bad_response, in an answer without a body too: its fields are passed on.
[[nodiscard]] Result<Framing> response_framing(std::string_view method, ResponseHead const& head);

// Whether the sender of this head lets the connection be used again (RFC 9112, section 9.3). A 1xx or 204 that
// announces a body does not: ask for interim answers too.
[[nodiscard]] Persistence request_persistence(RequestHead const& head) noexcept;
[[nodiscard]] Persistence response_persistence(ResponseHead const& head, Framing framing) noexcept;

// Whether the fields of an answer speak of a body, or cannot be understood; it may have none all the same (HEAD, 304).
[[nodiscard]] bool announces_body(ResponseHead const& head) noexcept;

// Whether `text` is a valid Host: uri-host [":" port] (RFC 9110, section 7.2): a DNS name or IPv4 address, or an IPv6
// address in brackets. Not empty, no escapes, no empty port.
[[nodiscard]] bool is_host(std::string_view text) noexcept;

}  // namespace tollgate::http
