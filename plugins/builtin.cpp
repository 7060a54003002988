#include "builtin.hpp"

#include "auth/auth.hpp"

namespace tollgate {

std::vector<plugin::PluginType> builtin_plugins() { return {plugin::plugin_type<auth::Auth>()}; }

}  // namespace tollgate
