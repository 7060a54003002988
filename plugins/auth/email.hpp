// Email addresses as names of accounts, which are the same in any case: how they are stored, and found again. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::auth {

inline constexpr std::size_t most_email_bytes = 254;  // RFC 5321, section 4.5.3.1.3

// What an account is made with: without the white space around it, case-folded as The Unicode Standard defines it
// (section 3.13, default case folding), and composed (NFC). What is not UTF-8 or too long is as lowered_email() has it.
[[nodiscard]] std::string folded_email(std::string_view typed);

// The same with ASCII letters alone in lower case: what earlier releases made accounts with, which stay as they are.
[[nodiscard]] std::string lowered_email(std::string_view typed);

// Why a folded address cannot name an account, as a sentence; nothing when it can.
[[nodiscard]] std::optional<std::string> problem_with_email(std::string_view folded);

}  // namespace tollgate::auth
