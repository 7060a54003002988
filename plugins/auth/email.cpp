#include "auth/email.hpp"

#include "base/characters.hpp"
#include "http/utf8.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace tollgate::auth {
namespace {

std::string_view without_white_space(std::string_view typed) {
    constexpr std::string_view white_space = " \t\r\n\v\f";
    auto const begin = typed.find_first_not_of(white_space);
    if (begin == std::string_view::npos) return {};
    return typed.substr(begin, typed.find_last_not_of(white_space) - begin + 1);
}

struct Free {
    void operator()(utf8proc_uint8_t* bytes) const noexcept { std::free(bytes); }
};

}  // namespace

std::string folded_email(std::string_view typed) {
    auto const text = without_white_space(typed);
    // Marks are put in order by a sort whose time is the square of their number, and anybody may send them.
    if (text.size() > most_email_bytes) return lowered(text);
    utf8proc_uint8_t* bytes = nullptr;
    auto const size =
        utf8proc_map(reinterpret_cast<utf8proc_uint8_t const*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                     &bytes, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
    std::unique_ptr<utf8proc_uint8_t, Free> const folded(bytes);
    if (size == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
    if (size < 0) return lowered(text);  // no UTF-8
    return {reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size)};
}

std::string lowered_email(std::string_view typed) { return lowered(without_white_space(typed)); }

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
