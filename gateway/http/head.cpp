#include "http/head.hpp"

#include "base/scan.hpp"
#include "http/field_line.hpp"

#include <algorithm>

namespace tollgate::http {
namespace {

// Takes `HTTP/1.0` or `HTTP/1.1` off the front of `rest`.
bool take_version(std::string_view& rest, std::uint8_t& minor) noexcept {
    if (!rest.starts_with("HTTP/1.0") && !rest.starts_with("HTTP/1.1")) return false;
    minor = rest[7] == '1' ? 1 : 0;
    rest.remove_prefix(8);
    return true;
}

bool take(std::string_view& rest, std::string_view text) noexcept {
    if (!rest.starts_with(text)) return false;
    rest.remove_prefix(text.size());
    return true;
}

std::string_view take_bytes(std::string_view& rest, std::size_t length) noexcept {
    auto const taken = rest.substr(0, length);
    rest.remove_prefix(length);
    return taken;
}

// Takes the status and the phrase. RFC 9112, section 4, wants the space before the phrase; servers without a phrase
// leave it out.
bool take_status(std::string_view& rest, ResponseHead& into) noexcept {
    if (rest.size() < 3 || !std::ranges::all_of(rest.substr(0, 3), is_digit) || rest[0] == '0') return false;
    into.status = static_cast<unsigned>((rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0'));
    rest.remove_prefix(3);
    into.phrase = {};
    if (take(rest, " ")) {
        into.phrase = take_bytes(rest, value_length(rest));
    }
    return take(rest, "\r\n");
}

}  // namespace

std::size_t head_size(std::string_view input, std::size_t scanned) noexcept {
    if (input.empty()) return 0;
    if (!in(token_characters, input[0])) return 1;
    // A line end decides with the one or two bytes after it, so the last two of an earlier call are looked at again.
    auto at = std::min(scanned > 2 ? scanned - 2 : 0, input.size());
    while ((at += leading<LineCharacters>(input.substr(at))) < input.size()) {
        auto const after = input.substr(++at);
        if (after.starts_with('\n')) return at + 1;
        if (after.starts_with("\r\n")) return at + 2;
    }
    return 0;
}

Result<void> read_request_head(std::string_view head, HeadLimits const& limits, RequestHead& into) {
    into.fields.clear();
    if (head.size() > limits.head_bytes) return failure(errc::head_too_large);
    auto rest = head;
    into.method = take_bytes(rest, token_length(rest));
    if (into.method.empty() || !take(rest, " ")) return failure(errc::bad_request_framing);
    into.target = take_bytes(rest, leading<TargetCharacters>(rest));  // what else it must be, http/target says
    if (into.target.size() > limits.target_bytes) return failure(errc::target_too_long);
    if (into.target.empty() || !take(rest, " ") || !take_version(rest, into.minor) || !take(rest, "\r\n")) {
        return failure(errc::bad_request_framing);
    }
    return read_field_section(rest, limits.fields, into.fields);
}

Result<void> read_response_head(std::string_view head, HeadLimits const& limits, ResponseHead& into) {
    into.fields.clear();
    auto rest = head;
    if (head.size() > limits.head_bytes || !take_version(rest, into.minor) || !take(rest, " ") ||
        !take_status(rest, into) || !read_field_section(rest, limits.fields, into.fields)) {
        return failure(errc::upstream_bad_response);
    }
    return {};
}

}  // namespace tollgate::http
