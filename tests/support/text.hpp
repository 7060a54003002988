// What tests ask of a text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate::testing {

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

// How often `part` stands in it.
[[nodiscard]] inline std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

// What stands below the head of a message.
[[nodiscard]] inline std::string body_of(std::string_view message) {
    return std::string(message.substr(message.find("\r\n\r\n") + 4));
}

}  // namespace tollgate::testing
