// A browser's question, before a request to another origin, whether it may be made (Fetch standard, section 3.2.2).
// Pure.
#pragma once

#include "http/head.hpp"

#include <optional>
#include <string_view>

namespace tollgate::http {

// The method that a preflight asks for, whatever it is: OPTIONS with one Origin and one Access-Control-Request-Method.
// Nothing when the request is none.
[[nodiscard]] std::optional<std::string_view> preflight_method(RequestHead const& head) noexcept;

}  // namespace tollgate::http
