#include "http/field_line.hpp"

#include "base/scan.hpp"

namespace tollgate::http {

std::optional<FieldLine> take_field_line(std::string_view& rest) noexcept {
    auto const colon = token_length(rest);
    if (colon == 0 || colon == rest.size() || rest[colon] != ':') return std::nullopt;

    auto const name = rest.substr(0, colon);
    auto const after = rest.substr(colon + 1);
    auto const length = value_length(after);
    if (after.substr(length, 2) != "\r\n") return std::nullopt;
    rest = after.substr(length + 2);
    return FieldLine{name, trimmed(after.substr(0, length))};
}

Result<void> read_field_section(std::string_view section, std::size_t most, FieldList& into) {
    for (std::size_t count = 0; section != "\r\n"; ++count) {
        auto const line = take_field_line(section);
        if (!line) return failure(errc::bad_request_framing);
        if (count == most) return failure(errc::head_too_large);
        into.append(field_name_of(line->name), line->name, line->value);
    }
    return {};
}

}  // namespace tollgate::http
