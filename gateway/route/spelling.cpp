#include "route/spelling.hpp"

#include "base/characters.hpp"

#include <algorithm>
#include <cstddef>

namespace tollgate::route {

bool has_other_spellings(std::string_view path) noexcept { return path.contains('%') || path.contains(';'); }

std::string decoded(std::string_view path) {
    std::string result;
    result.reserve(path.size());
    for (std::size_t at = 0; at < path.size(); ++at) {
        int const byte = path[at] == '%' ? escaped_byte(path.substr(at)) : -1;
        char const meant = static_cast<char>(byte);
        bool const is_decoded = byte > 0 && is_visible(meant) && meant != '%';
        result += is_decoded ? meant : path[at];
        if (is_decoded) at += 2;
    }
    return result;
}

std::string cut_short(std::string_view path) {
    path = path.substr(0, path.find_first_of("?#"));
    std::string result;
    result.reserve(path.size());
    while (!path.empty()) {
        auto const end = std::min(path.find('/', 1), path.size());
        auto segment = path.substr(0, std::min(path.substr(0, end).find(';'), end));
        while (segment.ends_with("%20")) segment.remove_suffix(3);
        result += segment;
        path.remove_prefix(end);
    }
    return result;
}

}  // namespace tollgate::route
