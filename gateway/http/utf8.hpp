// UTF-8 (RFC 3629) where it must be right: JSON that we write. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::http {

// `text` with U+FFFD in place of each byte that belongs to no well-formed character.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace tollgate::http
