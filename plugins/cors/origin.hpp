// Origins as the configuration must name them: byte for byte as browsers send them (the serialised origin of the HTML
// standard, section 7.1.1), because they are compared exactly. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::cors {

// What is wrong with an origin, as a sentence that says what to write instead; nothing when it is fine: scheme://host
// or scheme://host:port, in lower case, without path, slash at the end or default port. Any scheme: apps have their own
// (capacitor://localhost).
[[nodiscard]] std::optional<std::string> origin_error(std::string_view text);

}  // namespace tollgate::cors
