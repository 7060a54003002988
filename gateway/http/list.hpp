// Comma-separated lists in field values (RFC 9110, section 5.6.1), taken apart without a copy. Only for fields whose
// elements hold no quoted commas. Pure.
#pragma once

#include "http/fields.hpp"

#include <string_view>

namespace tollgate::http {

// Takes the next element off the front of `list`, without the blanks around it; it may be empty.
[[nodiscard]] constexpr std::string_view take_element(std::string_view& list) noexcept {
    auto const comma = list.find(',');
    auto element = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    auto const begin = element.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return element.substr(begin, element.find_last_not_of(" \t") - begin + 1);
}

// Whether one of the elements is `token`, case ignored.
[[nodiscard]] inline bool list_holds(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        if (equal_ignoring_case(take_element(list), token)) return true;
    }
    return false;
}

}  // namespace tollgate::http
