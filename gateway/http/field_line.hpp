// The lines of a field section (RFC 9112, section 5): the one reader for heads, trailers and the parts of a form.
// Strict: a line is `token ":" OWS value OWS CRLF`, so a space before the colon, obs-fold, bare CR or LF and controls
// are refused. Pure.
#pragma once

#include "http/fields.hpp"

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>

namespace tollgate::http {

struct FieldLine {
    std::string_view name;
    std::string_view value;  // without the white space around it
};

// Takes one line with its CRLF off the front of `rest`; nothing when there is no well-formed one. The views point into
// `rest`.
[[nodiscard]] std::optional<FieldLine> take_field_line(std::string_view& rest) noexcept;

// Reads a whole section, its empty line included, and nothing after it, onto the end of `into`. Errors:
// bad_request_framing, or head_too_large for more than `most` fields.
[[nodiscard]] Result<void> read_field_section(std::string_view section, std::size_t most, FieldList& into);

}  // namespace tollgate::http
