#include "cors/request_headers.hpp"

#include "http/fields.hpp"
#include "http/list.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate::cors {

std::optional<std::string> RequestHeaders::add(std::string_view text) {
    if (text == "all") {
        all_ = true;
        return std::nullopt;
    }
    auto const star = text.find('*');
    auto const name = text.substr(0, star);
    if (text == "*") return "write `all` for every header";
    if (!http::is_token(name) || (star != std::string_view::npos && star + 1 != text.size())) {
        return fmt::format(
            "`{}` is no header: write a name such as Authorization, or its beginning with one `*` at the "
            "end such as X-Stainless-*",
            text);
    }
    (star == std::string_view::npos ? names_ : beginnings_).emplace_back(name);
    return std::nullopt;
}

bool RequestHeaders::allow(std::string_view asked) const noexcept {
    while (!asked.empty()) {
        auto const name = http::take_element(asked);
        if (!name.empty() && !allow_name(name)) return false;
    }
    return true;
}

// A name with a `*` is no script's, and what is allowed is sent back: where credentials are off, a browser would take a
// `*` for every name.
bool RequestHeaders::allow_name(std::string_view name) const noexcept {
    if (!http::is_token(name) || name.contains('*')) return false;
    if (all_) return true;
    auto const is_name = [name](std::string_view known) { return http::equal_ignoring_case(name, known); };
    auto const begins = [name](std::string_view known) {
        return http::equal_ignoring_case(name.substr(0, known.size()), known);
    };
    return std::ranges::any_of(names_, is_name) || std::ranges::any_of(beginnings_, begins);
}

}  // namespace tollgate::cors
