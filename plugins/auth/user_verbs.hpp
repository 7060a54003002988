// The verbs `tollgate user add|list|show|disable|enable|passwd|remove|export|import` and `tollgate backup`.
#pragma once

#include "plugin/plugin.hpp"

#include <vector>

namespace tollgate::auth {

[[nodiscard]] std::vector<plugin::Verb> user_verbs();

}  // namespace tollgate::auth
