#include "base/path_pattern.hpp"

#include "base/characters.hpp"

#include <algorithm>
#include <vector>

namespace tollgate {
namespace {

using Problem = std::optional<std::string>;

bool is_upper_hex(char c) { return is_digit(c) || (c >= 'A' && c <= 'F'); }

// What may stand for itself in a segment: pchar of RFC 3986, section 3.3, without `*`, which has a meaning of its own
// here.
bool is_plain(char c) { return in(unreserved_characters, c) || std::string_view("!$&'()+,;=:@").contains(c); }

std::string shown(char c) {
    if (is_visible(c)) return std::string("`") + c + '`';
    constexpr std::string_view digits = "0123456789ABCDEF";
    auto const byte = static_cast<unsigned char>(c);
    return std::string("the byte 0x") + digits[byte >> 4] + digits[byte & 15];
}

// Escapes as a normalised path has them: upper case, never of an unreserved character (RFC 3986, section 6.2.2) nor of
// what http/target refuses.
Problem escape_error(std::string_view rest) {
    if (rest.size() < 3 || !is_upper_hex(rest[1]) || !is_upper_hex(rest[2])) {
        return "`%` must be followed by two hexadecimal digits in capitals";
    }
    auto const escape = std::string(rest.substr(0, 3));
    char const meant = static_cast<char>(escaped_byte(escape));
    if (in(unreserved_characters, meant)) return "`" + escape + "` must be written as `" + meant + "`";
    if (is_forbidden_escape(rest)) return "`" + escape + "` never arrives: such requests are refused";
    return std::nullopt;
}

// An empty last segment is fine.
Problem literal_error(std::string_view segment) {
    if (is_odd_segment(segment) && !segment.empty()) {
        return "a segment `" + std::string(segment) + "` never arrives: such requests are refused";
    }
    for (std::size_t i = 0; i < segment.size(); ++i) {
        char const c = segment[i];
        if (c == '%') {
            if (auto problem = escape_error(segment.substr(i))) return problem;
            i += 2;
        } else if (c == '{' || c == '}') {
            return "`{name}` must be a whole segment";
        } else if (c == '*') {
            return "`*` must be the whole last segment";
        } else if (!is_plain(c)) {
            return shown(c) + " cannot stand in a path" +
                   (c == '?' || c == '#' ? ": a route matches no query" : ": write it as %XX");
        }
    }
    return std::nullopt;
}

bool is_placeholder(std::string_view segment) {
    return segment.size() >= 2 && segment.front() == '{' && segment.back() == '}';
}

Problem placeholder_error(std::string_view segment, std::vector<std::string_view>& names) {
    auto const name = segment.substr(1, segment.size() - 2);
    bool const valid = !name.empty() && !is_digit(name.front()) &&
                       std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
    if (!valid) return "`{name}` needs a name of letters, digits and `_`";
    if (std::ranges::find(names, name) != names.end()) return "`{" + std::string(name) + "}` stands twice";
    names.push_back(name);
    return std::nullopt;
}

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        auto const end = std::min(path.find('/'), path.size());
        segments.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return segments;
}

Problem outline_error(std::string_view path) {
    if (!path.starts_with('/')) return "a path begins with `/`";
    if (path.size() > most_pattern_bytes) return "a path has at most " + std::to_string(most_pattern_bytes) + " bytes";
    if (static_cast<std::size_t>(std::ranges::count(path, '/')) > most_pattern_segments) {
        return "a path has at most " + std::to_string(most_pattern_segments) + " segments";
    }
    if (path.contains("//")) return "an empty segment never arrives: such requests are refused";
    return std::nullopt;
}

// A segment without its parameters, and without spaces at its end.
std::string_view name_in(std::string_view segment) noexcept {
    auto name = segment.substr(0, std::min(segment.find(';'), segment.find("%3B")));
    while (name.ends_with("%20")) name.remove_suffix(3);
    return name;
}

bool is_dots(std::string_view name) noexcept { return name == "." || name == ".."; }

}  // namespace

bool is_forbidden_escape(std::string_view text) noexcept {
    int const byte = escaped_byte(text);
    if (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\' || byte == 0xc0 || byte == 0xc1) return true;
    int const shortest = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : byte == 0xf8 ? 0x88 : byte == 0xfc ? 0x84 : 0;
    auto const behind = text.substr(3);
    int const next = behind.starts_with('%') ? escaped_byte(behind) : -1;
    return next >= 0x80 && next < shortest;
}

bool is_odd_segment(std::string_view segment) noexcept {
    auto const name = name_in(segment);
    auto const before_query = name_in(segment.substr(0, std::min(segment.find("%3F"), segment.find("%23"))));
    return name.empty() || is_dots(name) || is_dots(before_query);
}

std::optional<std::string> pattern_error(std::string_view path) {
    if (auto problem = outline_error(path)) return problem;
    auto const segments = segments_of(path);
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        bool const rest = segments[i] == "*" && i + 1 == segments.size();
        if (rest) continue;
        auto problem = is_placeholder(segments[i]) ? placeholder_error(segments[i], names) : literal_error(segments[i]);
        if (problem) return problem;
    }
    return std::nullopt;
}

std::optional<std::string> prefix_error(std::string_view path) {
    if (auto problem = outline_error(path)) return problem;
    if (path.ends_with('/')) return "no slash at the end";
    for (auto const segment : segments_of(path)) {
        if (auto problem = literal_error(segment)) return problem;
    }
    return std::nullopt;
}

}  // namespace tollgate
