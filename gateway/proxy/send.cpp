#include "proxy/send.hpp"

#include "http/head_writer.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"

namespace tollgate::proxy {

std::string head_for_client(Flight& flight, http::ResponseHead& head, http::Framing framing) {
    prepare_for_client(head, framing, flight.settle_connection(framing.kind), flight.exchange.request_id, flight.arena);
    flight.add_transport_security(head.fields);
    std::string text;
    text.reserve(1024);
    http::write_response_head(text, head);
    return text;
}

asio::awaitable<Result<void>> send_to_client(Flight& flight, net::Gather& gather) {
    auto const stall = flight.generation->settings().client_timeouts.stall;
    auto const sent = co_await flight.connection.stream().write_rest(gather, stall);
    if (!sent) co_return failure(reason_of_failure(sent.error(), Way::to_client));
    co_return sent;
}

asio::awaitable<Result<void>> send_continue(Flight& flight) {
    net::Gather gather;
    gather.add("HTTP/1.1 100 Continue\r\n\r\n");
    co_return co_await send_to_client(flight, gather);
}

}  // namespace tollgate::proxy
