#include "http/trailers.hpp"

#include "http/field_line.hpp"

#include <algorithm>

namespace tollgate::http {

std::string_view kept_trailers(std::string_view section, std::span<std::string const> names, Arena& arena) {
    std::string kept;
    if (names.empty()) return {};
    while (auto const line = take_field_line(section)) {
        auto const is_its_name = [&](std::string_view name) { return equal_ignoring_case(name, line->name); };
        if (std::ranges::any_of(names, is_its_name))
            kept.append(line->name).append(": ").append(line->value).append("\r\n");
    }
    return keep(arena, kept);
}

}  // namespace tollgate::http
