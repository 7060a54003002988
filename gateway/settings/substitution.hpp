// `${NAME}` and `${NAME:-default}` in a scalar value; `$${` is a literal `${`. A default is taken when the variable is
// not set or empty, as shells do. What was put in is not looked at again, and the result is a secret. Pure, but for the
// environment it asks.
#pragma once

#include "settings/env.hpp"
#include "settings/value.hpp"

#include <string>
#include <vector>

namespace tollgate::settings {

// Replaces what `scalar` holds, in place: afterwards it shows `${NAME}` and means the value. Returns what is wrong, as
// sentences; the scalar is broken then.
[[nodiscard]] std::vector<std::string> substitute(Value& scalar, Environment const& environment);

}  // namespace tollgate::settings
