#include "http/parameters.hpp"

#include "base/characters.hpp"

#include <cstddef>

namespace tollgate::http {
namespace {

void skip_space(std::string_view& rest) noexcept {
    while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
}

std::string_view take_token(std::string_view& rest) noexcept {
    std::size_t length = 0;
    while (length < rest.size() && in(token_characters, rest[length])) ++length;
    auto const token = rest.substr(0, length);
    rest.remove_prefix(length);
    return token;
}

// Takes a quoted string; nothing when it does not end.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string value;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            rest.remove_prefix(at + 1);
            return value;
        }
        if (rest[at] == '\\' && ++at == rest.size()) break;
        if (!is_value_character(rest[at])) break;
        value += rest[at];
    }
    return std::nullopt;
}

}  // namespace

std::optional<Parameter> take_parameter(std::string_view& rest) {
    skip_space(rest);
    if (!rest.starts_with(';')) return std::nullopt;
    rest.remove_prefix(1);
    skip_space(rest);
    Parameter parameter{take_token(rest), {}};
    if (parameter.name.empty() || !rest.starts_with('=')) return std::nullopt;
    rest.remove_prefix(1);
    if (rest.starts_with('"')) {
        auto value = take_quoted(rest);
        if (!value) return std::nullopt;
        parameter.value = *std::move(value);
    } else {
        parameter.value = take_token(rest);
        if (parameter.value.empty()) return std::nullopt;
    }
    skip_space(rest);
    return parameter;
}

}  // namespace tollgate::http
