#include "http/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate::http {
namespace {

struct Lead {
    std::size_t length;          // of the whole character; 0: no character begins with this byte
    unsigned char least = 0x80;  // the second byte: shorter than for the rest where overlong forms, surrogates
    unsigned char most = 0xbf;   // or what is over U+10FFFF would begin
};

// RFC 3629, section 4.
constexpr Lead lead_of(unsigned char byte) noexcept {
    if (byte < 0x80) return {1};
    if (byte >= 0xc2 && byte <= 0xdf) return {2};
    if (byte == 0xe0) return {3, 0xa0, 0xbf};
    if (byte == 0xed) return {3, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef) return {3};
    if (byte == 0xf0) return {4, 0x90, 0xbf};
    if (byte == 0xf4) return {4, 0x80, 0x8f};
    if (byte >= 0xf1 && byte <= 0xf3) return {4};
    return {0};
}

// The length of the well-formed character at the front of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) noexcept {
    auto const lead = lead_of(static_cast<unsigned char>(text[0]));
    if (lead.length < 2) return lead.length;
    if (text.size() < lead.length) return 0;
    auto const second = static_cast<unsigned char>(text[1]);
    if (second < lead.least || second > lead.most) return 0;
    auto const is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
    return std::ranges::all_of(text.substr(2, lead.length - 2), is_continuation) ? lead.length : 0;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    while (!text.empty()) {
        auto const length = character_length(text);
        if (length == 0) {
            valid += "\xef\xbf\xbd";
        } else {
            valid += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return valid;
}

}  // namespace tollgate::http
