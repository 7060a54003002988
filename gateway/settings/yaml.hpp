// From YAML text to a tree of values. The only unit that knows yaml-cpp: it listens to the parser's events, because the
// library's own tree keeps the last of two equal keys, resolves aliases and forgets tags silently. Refused: duplicate
// keys, further documents, anchors, aliases, tags, keys that are not texts, control characters, nesting over 32, more
// than 1 MiB.
#pragma once

#include "settings/node.hpp"
#include "settings/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tollgate::settings {

inline constexpr std::size_t most_yaml_bytes = 1024 * 1024;
inline constexpr std::size_t most_yaml_depth = 32;

struct Tree {
    Value root;             // a map
    SettingsErrors errors;  // those that leave the rest of the tree readable
};

// Errors: those that leave no tree, such as a wrong syntax. `name` stands for the file in positions.
[[nodiscard]] Checked<Tree> parse_yaml(std::string_view text, std::string const& name);

}  // namespace tollgate::settings
