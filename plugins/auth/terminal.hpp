// A question to the person at the terminal whose answer is not shown. Blocking; for command line verbs.
#pragma once

#include "base/secret.hpp"

#include <optional>
#include <string_view>

namespace tollgate::auth {

// Nothing when there is no terminal, or when the person gave up (Ctrl-C, Ctrl-D).
[[nodiscard]] std::optional<Secret> ask_on_terminal(std::string_view prompt);

}  // namespace tollgate::auth
