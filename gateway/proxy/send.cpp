#include "proxy/send.hpp"

#include "http/head_writer.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"

namespace tollgate::proxy {
namespace {

template <class Source>
net::Task<Result<void>> send(Flight& flight, Source& source) {
    auto const stall = flight.generation->settings().client_timeouts.stall;
    auto const sent = co_await flight.connection.stream().write_rest(source, stall);
    if (!sent) co_return failure(reason_of_failure(sent.error(), Way::to_client));
    co_return sent;
}

}  // namespace

std::string_view head_for_client(Flight& flight, http::ResponseHead& head, http::Framing framing) {
    prepare_for_client(head, framing, flight.settle_connection(framing.kind), flight.exchange.request_id, flight.arena);
    flight.add_transport_security(head.fields);
    return http::write_response_head(flight.arena, head);
}

Result<void> send_at_once(Flight& flight, net::Gather& gather) {
    auto const sent = flight.connection.stream().write_some(gather);
    if (!sent) return failure(reason_of_failure(sent.error(), Way::to_client));
    return {};
}

net::Task<Result<void>> send_to_client(Flight& flight, net::Gather& gather) { return send(flight, gather); }

net::Task<Result<void>> send_to_client(Flight& flight, net::Pipe& pipe) { return send(flight, pipe); }

net::Task<Result<void>> send_continue(Flight& flight) {
    flight.told_to_continue = true;
    net::Gather gather;
    gather.add("HTTP/1.1 100 Continue\r\n\r\n");
    co_return co_await send_to_client(flight, gather);
}

}  // namespace tollgate::proxy
