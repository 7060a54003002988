#include "builtin.hpp"

#include "auth/auth.hpp"
#include "cors/cors.hpp"
#include "limit/limit.hpp"

namespace tollgate {

std::vector<plugin::PluginType> builtin_plugins() {
    return {plugin::plugin_type<auth::Auth>(), plugin::plugin_type<cors::Cors>(), plugin::plugin_type<limit::Limit>()};
}

}  // namespace tollgate
