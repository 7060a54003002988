#include "auth/me.hpp"

#include "auth/bearer.hpp"

#include <fmt/format.h>

namespace tollgate::auth {

boost::asio::awaitable<plugin::Reply> Me::serve(plugin::Exchange& exchange, std::string) const {
    if (!exchange.identity) co_return plugin::Reply::problem(errc::no_token);  // fail closed, whoever routed it here
    auto const& identity = *exchange.identity;
    // An identity of another plugin may have an id that is no number.
    auto const id = user_id_of(identity.user_id) != 0 ? identity.user_id : http::json_quoted(identity.user_id);
    co_return plugin::Reply::json(fmt::format(R"({{"id": {}, "email": {}}})", id, http::json_quoted(identity.email)))
        .with("Cache-Control", "no-store");
}

}  // namespace tollgate::auth
