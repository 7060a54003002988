#include "fuzz/path.hpp"

#include "fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

namespace tollgate::fuzz {
namespace {

std::string in_capitals(std::string_view text) {
    std::string capitals(text);
    std::ranges::transform(capitals, capitals.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 0x20 : c; });
    return capitals;
}

// The segment as a server might see it that decodes again and drops path parameters.
std::string loosely_read(std::string_view segment) {
    auto text = in_capitals(segment.substr(0, segment.find(';')));
    for (auto at = text.find("%2E"); at != std::string::npos; at = text.find("%2E")) text.replace(at, 3, ".");
    return text;
}

}  // namespace

bool is_visible(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

void check_path(std::string_view path) {
    require(path.starts_with('/'), "a path begins with a slash");
    require(is_visible(path) && !path.contains('\\') && !path.contains('?'), "a path holds visible ASCII");
    auto const capitals = in_capitals(path);
    for (auto const* const hidden : {"%2F", "%5C", "%0", "%1", "%7F", "%2E", "%7E", "%41"})
        require(!capitals.contains(hidden), "nothing is hidden behind an escape");
    for (auto at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1))
        require(path.substr(at, 3) == capitals.substr(at, 3), "escapes are written in capitals");
    for (path.remove_prefix(1); path.contains('/'); path.remove_prefix(path.find('/') + 1)) {
        auto const segment = loosely_read(path.substr(0, path.find('/')));
        require(!segment.empty() && segment != "." && segment != "..", "no segment leads elsewhere");
    }
    auto const last = loosely_read(path);
    require(last != "." && last != ".." && (path.empty() || !last.empty()), "no last segment leads elsewhere");
}

}  // namespace tollgate::fuzz
