// Opens a connection to a server of an upstream: its name to addresses, or its socket, then whichever of them is there
// first, and then TLS where the server speaks it; all of it within the time that the route gives to connecting.
#pragma once

#include "net/resolver.hpp"
#include "net/task.hpp"
#include "net/tls_client.hpp"
#include "settings/settings.hpp"
#include "upstream/connection.hpp"

#include <memory>

namespace tollgate::upstream {

struct Destination {
    settings::Server const& server;       // outlives the dialling
    std::shared_ptr<net::TlsTarget> tls;  // null unless it is https://
};

// Afterwards `connection` is connected, or the error says why it is not: errc::upstream_unresolved, upstream_refused,
// upstream_tls (what is left of the connection says why), upstream_timeout, too_many_connections. It is there while it
// is being made: who interrupts its stream ends the dialling with that reason. Before, while a name is looked up, there
// is none: `ended` belongs to the caller and says why nobody wants the connection any more.
[[nodiscard]] net::Task<Result<void>> dial(net::Worker& worker, net::Resolver& resolver, Destination destination,
                                           net::Timeout timeout, errc const& ended, ConnectionPtr& connection);

}  // namespace tollgate::upstream
