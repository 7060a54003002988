// The block `plugins.limit` as typed values, read once. Every default of this family stands here. What is wrong is
// recorded at the node, with its position. Routes are named by their path as it is written in `routes`; whether there
// is such a route is not known here, but where it was named.
#pragma once

#include "limit/ledger.hpp"
#include "settings/node.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tollgate::limit {

enum class Mode { enforce, shadow };  // shadow: nobody is refused, only counted

struct RouteQuota {
    Quota quota;
    settings::Where where;
};

struct LimitSettings {
    Quota general;
    Mode mode = Mode::enforce;
    std::map<std::string, RouteQuota, std::less<>> routes;

    [[nodiscard]] Quota const& quota_of(std::string_view route) const {
        auto const found = routes.find(route);
        return found == routes.end() ? general : found->second.quota;
    }
};

[[nodiscard]] LimitSettings read_limit_settings(settings::SettingsNode const& node);

}  // namespace tollgate::limit
