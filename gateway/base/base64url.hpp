// Base64 with the URL alphabet and without padding (RFC 4648, section 5; RFC 7515, section 2). Strict: padding, other
// alphabets, white space, a length of 1 modulo 4 and non-zero spare bits are refused, so that one value has one
// spelling.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::base64url {

[[nodiscard]] std::string encode(std::string_view bytes);

// The bytes that `text` stands for, or nothing when it is not strict base64url.
[[nodiscard]] std::optional<std::string> decode(std::string_view text);

// The same into `out`, without an allocation: the number of bytes written, or nothing when `text` is not strict or
// `out` is too small.
[[nodiscard]] std::optional<std::size_t> decode_into(std::string_view text, std::span<char> out);

}  // namespace tollgate::base64url
