// Opens a connection to a server of an upstream: its name to addresses, then one address after the other within the
// time that the route gives to connecting.
#pragma once

#include "net/resolver.hpp"
#include "settings/settings.hpp"
#include "upstream/connection.hpp"

#include <boost/asio/awaitable.hpp>

namespace tollgate::upstream {

// Afterwards `connection` is connected, or null and the error says why: errc::upstream_unresolved, upstream_refused,
// upstream_timeout, too_many_connections. It holds each attempt while it is under way: who interrupts its stream ends
// the dialling with that reason. In between, while a name is looked up, there is none: `ended` belongs to the caller and
// says why nobody wants the connection any more.
[[nodiscard]] net::asio::awaitable<Result<void>> dial(net::Worker& worker, net::Resolver& resolver,
                                                      settings::Server const& server, net::Timeout timeout,
                                                      errc const& ended, ConnectionPtr& connection);

}  // namespace tollgate::upstream
