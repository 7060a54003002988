// What Prometheus hears of the servers behind: requests, failures and health of each, by upstream and server.
#pragma once

#include "server/server_services.hpp"

namespace tollgate::server {

// `tollgate_upstream_requests_total`, `tollgate_upstream_failures_total` and `tollgate_upstream_healthy`, read when they
// are scraped.
void register_upstreams(ServerServices& services);

}  // namespace tollgate::server
