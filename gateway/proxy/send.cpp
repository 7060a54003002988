#include "proxy/send.hpp"

#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"

namespace tollgate::proxy {

asio::awaitable<Result<void>> send_to_client(Flight& flight, net::Gather& gather) {
    auto const stall = flight.generation->settings().client_timeouts.stall;
    auto const sent = co_await flight.connection.stream().write_rest(gather, stall);
    if (!sent) co_return failure(reason_of_failure(sent.error(), Way::to_client));
    co_return sent;
}

}  // namespace tollgate::proxy
