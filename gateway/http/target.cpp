#include "http/target.hpp"

#include "base/characters.hpp"
#include "base/path_pattern.hpp"
#include "base/scan.hpp"
#include "http/framing.hpp"

#include <algorithm>
#include <optional>

namespace tollgate::http {
namespace {

// Whether `path`, which is decoded as far as it may be, begins with a slash and has no odd segment but an empty last
// one.
bool has_normal_segments(std::string_view path) noexcept {
    if (!path.starts_with('/')) return false;
    for (std::size_t begin = 1; begin < path.size();) {
        auto const end = std::min(path.find('/', begin), path.size());
        if (is_odd_segment(path.substr(begin, end - begin))) return false;
        begin = end + 1;
    }
    return true;
}

constexpr char upper(char c) noexcept { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 0x20) : c; }

// `path` with its escapes in their one form; nothing when one is bad or hides what may not be there.
std::optional<std::string_view> normalised(std::string_view path, Arena& arena) {
    if (!path.contains('%')) return path;
    auto* const begin = static_cast<char*>(arena.allocate(path.size(), 1));
    auto* out = begin;
    for (std::size_t at = 0; at < path.size();) {
        if (path[at] != '%') {
            *out++ = path[at++];
            continue;
        }
        int const byte = escaped_byte(path.substr(at));
        if (is_forbidden_escape(path.substr(at))) return std::nullopt;
        if (in(unreserved_characters, static_cast<char>(byte))) {
            *out++ = static_cast<char>(byte);
        } else {
            *out++ = '%';
            *out++ = upper(path[at + 1]);
            *out++ = upper(path[at + 2]);
        }
        at += 3;
    }
    return std::string_view(begin, out);
}

// Takes scheme and authority of the absolute-form off the front of `raw`.
bool take_authority(std::string_view& raw, std::string_view& authority) noexcept {
    auto const colon = raw.find("://");
    if (colon == std::string_view::npos) return false;
    auto const scheme = raw.substr(0, colon);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https")) return false;
    auto const rest = raw.substr(colon + 3);
    authority = rest.substr(0, rest.find_first_of("/?"));
    raw = rest.substr(authority.size());
    return is_host(authority);
}

}  // namespace

Result<Target> read_target(std::string_view method, std::string_view raw, Arena& arena) {
    Target target;
    if (leading<VisibleTargetCharacters>(raw) != raw.size()) return failure(errc::bad_target);
    if (!raw.starts_with('/') && raw != "*" && !take_authority(raw, target.authority)) return failure(errc::bad_target);

    auto const question = raw.find('?');
    auto path = raw.substr(0, question);
    if (question != std::string_view::npos) {
        target.has_query = true;
        target.query = raw.substr(question + 1);
    }
    // Without a path the absolute-form means the root; for OPTIONS without a query, the server itself (RFC 9112,
    // section 3.2.4).
    if (path.empty()) path = method == "OPTIONS" && !target.has_query ? "*" : "/";
    if (path == "*" && method != "OPTIONS") return failure(errc::bad_target);
    if (path == "*") {
        target.path = path;
        return target;
    }
    auto const normal = path.contains('\\') ? std::nullopt : normalised(path, arena);
    if (!normal || !has_normal_segments(*normal)) return failure(errc::bad_target);
    target.path = *normal;
    return target;
}

}  // namespace tollgate::http
