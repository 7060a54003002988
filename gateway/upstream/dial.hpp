// Opens a connection to the server of an upstream: its name to addresses, then one address after the other within the
// time that the route gives to connecting.
#pragma once

#include "net/resolver.hpp"
#include "settings/settings.hpp"
#include "upstream/connection.hpp"

#include <boost/asio/awaitable.hpp>

namespace tollgate::upstream {

// Errors: errc::upstream_unresolved, upstream_refused, upstream_timeout.
[[nodiscard]] net::asio::awaitable<Result<ConnectionPtr>> dial(net::Worker& worker, net::Resolver& resolver,
                                                               settings::Upstream const& upstream,
                                                               net::Timeout timeout);

}  // namespace tollgate::upstream
