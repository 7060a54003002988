// Bytes to the client: the one place that writes to its connection during an exchange.
#pragma once

#include "proxy/flight.hpp"

#include <boost/asio/awaitable.hpp>

namespace tollgate::proxy {

// Sends all of `gather`, each wait bounded by `timeouts.stall`. Errors: client_gone, client_stalled, or what ended the
// exchange.
[[nodiscard]] asio::awaitable<Result<void>> send_to_client(Flight& flight, net::Gather& gather);

}  // namespace tollgate::proxy
