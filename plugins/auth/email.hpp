// Email addresses as names of accounts: trimmed and folded alike when an account is made and at a login. Letters
// outside ASCII keep their case. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::auth {

inline constexpr std::size_t most_email_bytes = 254;  // RFC 5321, section 4.5.3.1.3

[[nodiscard]] std::string folded_email(std::string_view typed);

// Why a folded address cannot name an account, as a sentence; nothing when it can.
[[nodiscard]] std::optional<std::string> problem_with_email(std::string_view folded);

}  // namespace tollgate::auth
