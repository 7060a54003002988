#include "proxy/relay.hpp"

#include "http/head_writer.hpp"
#include "http/hop.hpp"
#include "proxy/answer.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"
#include "proxy/upload.hpp"

#include <limits>
#include <string>
#include <utility>

namespace tollgate::proxy {
namespace {

using http::BodyKind;
using plugin::Ending;

// Moves the body piece by piece; `head` goes out with the first. False when it was cut.
asio::awaitable<bool> relay_body(Flight& flight, BodyReader& body, http::Framing framing, std::string_view head) {
    auto& client = flight.connection.stream();
    auto const stall = flight.generation->settings().client_timeouts.stall;
    auto const gap = flight.route->settings->timeouts.gap;
    BodyFrame frame(framing.kind);
    for (;;) {
        auto const piece = body.take();
        if (!piece) co_return cut(flight, reason_of_failure(piece.error(), Way::upstream)), false;
        if (!piece->empty() &&
            flight.generation->chain().on_response_body(flight.exchange, *piece) == plugin::Flow::cut) {
            flight.after = After::cut;
            flight.summary.ending = Ending::cut_by_plugin;
            co_return false;
        }
        net::Gather gather;
        gather.add(std::exchange(head, {}));
        frame.add(gather, *piece);
        if (body.done()) frame.end(gather, flight.kept_trailers(body));
        if (!gather.empty()) {
            auto const sent = co_await client.write_rest(gather, stall);
            if (!sent) co_return cut(flight, reason_of_failure(sent.error(), Way::to_client)), false;
            flight.summary.bytes_sent += piece->size();
        }
        if (body.done()) break;
        if (auto const filled = co_await body.fill(gap); !filled)
            co_return cut(flight, reason_of_failure(filled.error(), Way::upstream)), false;
    }
    body.drop_taken();
    co_return true;
}

}  // namespace

void note_failure(Flight& flight, errc reason) {
    flight.summary.reason = reason;
    flight.summary.ending = ending_of(reason);
    if (flight.summary.ending == Ending::complete) flight.summary.ending = Ending::refused;
}

void cut(Flight& flight, errc reason) {
    flight.after = After::cut;
    note_failure(flight, reason);
}

asio::awaitable<void> relay_answer(Flight& flight) {
    auto const framing = http::response_framing(flight.head.method, flight.response);
    if (!framing) {
        co_await stop_upload(flight);
        co_return co_await fail(flight, framing.error());
    }
    auto const persistence = http::response_persistence(flight.response, *framing);
    // A service that wrongly sends the body which it only describes (HEAD, 304) may do so a moment later, as the
    // beginning of the next answer.
    bool const withheld =
        flight.head.method == "HEAD" || (!framing->has_body() && http::announces_body(flight.response));
    auto const to_client = framing_for_client(*framing, flight.head.minor);
    // Before the hooks: what the service's Connection names cannot take away what a plugin writes.
    http::remove_hop_by_hop(flight.response.fields);
    if (!flight.generation->chain().on_response(flight.exchange, flight.response)) {
        co_await stop_upload(flight);
        co_return co_await answer(flight, http::Reply::problem(errc::internal_error));
    }
    prepare_for_client(flight.response, to_client, flight.settle_connection(to_client.kind), flight.exchange.request_id,
                       flight.arena);
    std::string head;
    head.reserve(1024);
    http::write_response_head(head, flight.response);
    flight.head_sent = true;
    flight.summary.status = flight.response.status;
    flight.summary.first_byte = net::Worker::now() - flight.exchange.began;

    BodyReader body(*flight.upstream->stream, flight.upstream->buffer, *framing,
                    std::numeric_limits<std::uint64_t>::max());
    if (!co_await relay_body(flight, body, to_client, head)) {
        // An end that only a closed connection marks must not look like one.
        if (to_client.kind == BodyKind::until_close) flight.connection.stream().reset();
        co_return;
    }
    flight.upstream_reusable = flight.request_sent && persistence == http::Persistence::keep_alive && !withheld &&
                               flight.upstream_trusted && flight.upstream->buffer.empty();
}

asio::awaitable<Result<void>> relay_informational(Flight& flight) {
    if (flight.head.minor == 0) co_return Result<void>{};  // RFC 9110, section 15.2: never to a 1.0 client
    http::remove_hop_by_hop(flight.response.fields);
    flight.response.fields.remove(http::FieldName::content_length);  // it has no body whatever it says
    std::string text;
    http::write_response_head(text, flight.response);
    net::Gather gather;
    gather.add(text);
    auto const sent =
        co_await flight.connection.stream().write_rest(gather, flight.generation->settings().client_timeouts.stall);
    if (!sent) co_return failure(reason_of_failure(sent.error(), Way::to_client));
    co_return sent;
}

}  // namespace tollgate::proxy
