// One attempt to have a request answered, by the server that was chosen: a connection is taken from the pool or opened,
// the request is written anew, its body follows, and informational answers pass until the final head comes.
#pragma once

#include "net/task.hpp"
#include "proxy/flight.hpp"
#include "upstream/retry.hpp"

#include <string_view>

namespace tollgate::proxy {

// Asks the server of flight.lease, with the request's head and as much of its `body` as was taken before. Fills in how
// far `attempt` came. Results and errors are those of forward(). `tried`: the servers that have failed with it before.
[[nodiscard]] net::Task<Result<void>> ask_server(Flight& flight, std::string_view body, upstream::Attempt& attempt,
                                                 upstream::Tried const& tried);

}  // namespace tollgate::proxy
