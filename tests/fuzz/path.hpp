// What must be true of a path that was normalised, without a look at how the gateway does it: nothing in it leads a
// server elsewhere than where a route was matched.
#pragma once

#include <string_view>

namespace tollgate::fuzz {

// No space, control or `#`, and ASCII alone.
[[nodiscard]] bool is_visible(std::string_view text);

void check_path(std::string_view path);

}  // namespace tollgate::fuzz
