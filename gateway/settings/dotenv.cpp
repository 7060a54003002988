#include "settings/dotenv.hpp"

#include "base/scan.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <expected>

namespace tollgate::settings {
namespace {

using Read = std::expected<Secret, char const*>;

// Only a comment may follow a value.
bool is_end(std::string_view rest) {
    if (rest.empty()) return true;
    if (!is_blank(rest.front())) return false;
    auto const next = std::ranges::find_if_not(rest, is_blank);
    return next == rest.end() || *next == '#';
}

Read read_plain(std::string_view text) {
    auto const end = static_cast<std::size_t>(std::ranges::find_if(text, is_blank) - text.begin());
    auto const value = text.substr(0, end);
    if (!is_end(text.substr(end))) return std::unexpected("a value with spaces needs quotes");
    if (std::ranges::any_of(value, [](char c) { return c == '"' || c == '\'' || c == '\\'; })) {
        return std::unexpected("a value with quotes or backslashes needs quotes around it");
    }
    if (value.starts_with('#')) return std::unexpected("a value that begins with `#` needs quotes");
    return Secret(std::string(value));
}

Read read_single_quoted(std::string_view text) {
    auto const end = text.find('\'', 1);
    if (end == std::string_view::npos) return std::unexpected("the single quote is not closed");
    if (!is_end(text.substr(end + 1))) return std::unexpected("only a comment may follow the closing quote");
    return Secret(std::string(text.substr(1, end - 1)));
}

Read read_double_quoted(std::string_view text) {
    std::string value;
    value.reserve(text.size());  // so that growing leaves no copies behind
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            if (!is_end(text.substr(i + 1))) return std::unexpected("only a comment may follow the closing quote");
            return Secret(std::move(value));
        }
        if (text[i] != '\\') {
            value += text[i];
            continue;
        }
        char const escaped = ++i < text.size() ? text[i] : '\0';
        if (!std::string_view("\\\"$n").contains(escaped) || escaped == '\0') {
            return std::unexpected("in double quotes the escapes are \\\\ \\\" \\$ \\n");
        }
        value += escaped == 'n' ? '\n' : escaped;
    }
    return std::unexpected("the double quote is not closed");
}

Read read_value(std::string_view text) {
    if (text.starts_with('\'')) return read_single_quoted(text);
    if (text.starts_with('"')) return read_double_quoted(text);
    return read_plain(text);
}

std::string_view trimmed_front(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    return text;
}

// What is wrong with the line; null when nothing is.
char const* read_line(std::string_view line, DotEnv& into) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed_front(line);
    if (line.empty() || line.starts_with('#')) return nullptr;
    if (value_length(line) != line.size()) return "a control character";
    if (line.starts_with("export ")) line = trimmed_front(line.substr(7));
    auto const equals = line.find('=');
    if (equals == std::string_view::npos) return "expected NAME=VALUE";
    auto const name = line.substr(0, equals);
    if (!is_variable_name(name)) return "the name must be letters, digits and `_`, with no space before `=`";
    if (equals + 1 < line.size() && is_blank(line[equals + 1])) {
        if (!is_end(line.substr(equals + 1))) return "no space may follow `=`";
    }
    if (contains(into.values, name, &std::pair<std::string, Secret>::first)) return "this name stands twice";
    auto value = read_value(line.substr(equals + 1));
    if (!value) return value.error();
    into.values.emplace_back(std::string(name), std::move(*value));
    return nullptr;
}

}  // namespace

bool is_variable_name(std::string_view name) noexcept {
    return !name.empty() && !is_digit(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

DotEnv parse_dotenv(std::string_view text, std::string const& name) {
    DotEnv result;
    for (int number = 1; !text.empty(); ++number) {
        auto const end = std::min(text.find('\n'), text.size());
        if (char const* const problem = read_line(text.substr(0, end), result)) {
            result.errors.push_back({{name, number, 0}, problem});
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

}  // namespace tollgate::settings
