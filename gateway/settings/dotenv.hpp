// The syntax of `.env` files. Small and strict, so that no other tool reads them differently in silence: one
// `NAME=VALUE` a line, an optional `export ` before it, empty lines, comments (`#` at the beginning of a line, or after
// a space). A value is plain (no spaces, quotes or backslashes), in single quotes (as it stands) or in double quotes
// (`\\ \" \$ \n` are the only escapes). Nothing is expanded and a name stands once. Pure.
#pragma once

#include "base/secret.hpp"
#include "settings/node.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::settings {

struct DotEnv {
    std::vector<std::pair<std::string, Secret>> values;
    SettingsErrors errors;  // never with a value in them
};

// `name` stands for the file in positions.
[[nodiscard]] DotEnv parse_dotenv(std::string_view text, std::string const& name);

// Whether `name` can be the name of a variable: letters, digits and `_`, not a digit first.
[[nodiscard]] bool is_variable_name(std::string_view name) noexcept;

}  // namespace tollgate::settings
