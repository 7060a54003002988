// What Prometheus hears of the servers behind: requests, failures and health of each, by upstream and server, and how
// many requests those with a limit have and keep waiting.
#pragma once

#include "server/server_services.hpp"

namespace tollgate::server {

// `tollgate_upstream_requests_total`, `_failures_total`, `_healthy`, `_waiting`, `_running` and `_max_requests`, read
// when they are scraped.
void register_upstreams(ServerServices& services);

}  // namespace tollgate::server
