// The heads of requests and responses as values, and the one strict reader that makes them from bytes (RFC 9112). The
// reader is the only place where received head bytes are interpreted: what it does not accept is refused, never
// repaired.
#pragma once

#include "base/error.hpp"
#include "http/fields.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate::http {

struct HeadLimits {
    std::size_t head_bytes = 32 * 1024;
    std::size_t fields = 100;
    std::size_t target_bytes = 8 * 1024;
};

struct RequestHead {
    std::string_view method;  // a token, case kept
    std::string_view target;  // as received; http/target understands it
    std::uint8_t minor = 1;   // HTTP/1.minor: 0 or 1
    FieldList fields;
};

struct ResponseHead {
    unsigned status = 0;  // 100..999
    std::string_view phrase;
    std::uint8_t minor = 1;
    FieldList fields;
};

// How many bytes of `input` the head takes, its empty line included; 0 when the empty line has not arrived yet.
// `scanned` is how many bytes an earlier call has looked at: pass 0 first, then what was there before. What can never
// become a head is not waited for: an empty line made with bare LF ends it too, and input that does not begin with a
// token character (an empty line before the request line, a TLS hello) has size 1. The readers below refuse both.
[[nodiscard]] std::size_t head_size(std::string_view input, std::size_t scanned) noexcept;

// Reads one complete head (head_size() bytes). The views in the result point into `head`; after an error the result is
// of no use. Errors: bad_request_framing for everything that is not exactly RFC 9112 (bare CR or LF, obs-fold, space
// before the colon, controls, another version), target_too_long, head_too_large (too many fields).
[[nodiscard]] Result<void> read_request_head(std::string_view head, HeadLimits const& limits, RequestHead& into);

// The same for a response; every error is upstream_bad_response.
[[nodiscard]] Result<void> read_response_head(std::string_view head, HeadLimits const& limits, ResponseHead& into);

}  // namespace tollgate::http
