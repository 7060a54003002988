// The plugins of this binary, as an explicit list. Nothing registers itself.
#pragma once

#include "plugin/plugin.hpp"

#include <vector>

namespace tollgate {

[[nodiscard]] std::vector<plugin::PluginType> builtin_plugins();

}  // namespace tollgate
