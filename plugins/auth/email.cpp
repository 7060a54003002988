#include "auth/email.hpp"

#include "http/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate::auth {

std::string folded_email(std::string_view typed) {
    constexpr std::string_view blanks = " \t\r\n\v\f";
    auto const begin = typed.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    std::string folded(typed.substr(begin, typed.find_last_not_of(blanks) - begin + 1));
    for (char& c : folded) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return folded;
}

std::optional<std::string> problem_with_email(std::string_view folded) {
    if (folded.size() > most_email_bytes) {
        return fmt::format("an email address has at most {} bytes; this one has {}", most_email_bytes, folded.size());
    }
    if (std::ranges::any_of(folded, [](unsigned char c) { return c <= 0x20 || c == 0x7f; })) {
        return "an email address holds no spaces or control characters";
    }
    if (http::valid_utf8(folded) != folded) return "an email address is UTF-8";
    auto const at = folded.find('@');
    bool const one_at = at != std::string_view::npos && folded.find('@', at + 1) == std::string_view::npos;
    if (!one_at || at == 0 || at + 1 == folded.size()) return "an email address is a name, one @ and a domain";
    return std::nullopt;
}

}  // namespace tollgate::auth
