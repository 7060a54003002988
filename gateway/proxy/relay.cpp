#include "proxy/relay.hpp"

#include "http/head_writer.hpp"
#include "http/hop.hpp"
#include "proxy/answer.hpp"
#include "proxy/connection.hpp"
#include "proxy/outgoing.hpp"

#include <limits>
#include <string>
#include <utility>

namespace tollgate::proxy {
namespace {

using http::BodyKind;
using plugin::Ending;

enum class Side { client, upstream };

// How the exchange ended when `side` failed with `code` while a body was under way.
Ending ending_of(boost::system::error_code code, Side side) {
    switch (errc_of(code, errc::internal_error)) {
        case errc::client_gone: return Ending::client_gone;
        case errc::draining: return Ending::drained;
        case errc::token_revoked: return Ending::revoked;
        case errc::timed_out:
        case errc::upstream_timeout: return Ending::timed_out;
        default: return side == Side::client ? Ending::client_gone : Ending::upstream_failed;
    }
}

void cut(Flight& flight, boost::system::error_code code, Side side) {
    flight.after = After::cut;
    flight.summary.ending = ending_of(code, side);
    flight.summary.reason = side == Side::client ? errc::client_gone : errc_of(code, errc::upstream_failed);
}

// the client's body

// Stops the exchange for something that the client did.
void blame_client(Flight& flight, errc why) {
    flight.upload_error = why;
    flight.upstream->stream->interrupt(why);
}

errc upload_failure(boost::system::error_code code) {
    switch (auto const why = errc_of(code, errc::client_gone)) {
        case errc::timed_out: return errc::request_timeout;
        case errc::end_of_stream:
        case errc::connection_reset: return errc::client_gone;
        default: return why;
    }
}

asio::awaitable<void> upload(Flight& flight) {
    auto& body = *flight.body;
    auto const stall = flight.generation->settings().client_timeouts.stall;
    BodyFrame frame(flight.framing.kind);
    while (!body.done()) {
        if (auto const filled = co_await body.fill(stall); !filled)
            co_return blame_client(flight, upload_failure(filled.error()));
        auto const piece = body.take();
        if (!piece) co_return blame_client(flight, upload_failure(piece.error()));
        if (flight.generation->chain().on_request_body(flight.exchange, *piece) == plugin::Flow::cut)
            co_return blame_client(flight, errc::forbidden);
        net::Gather gather;
        frame.add(gather, *piece);
        if (body.done()) frame.end(gather);
        // A service that stops reading may have answered already: the wait for its answer tells.
        if (auto const sent =
                co_await flight.upstream->stream->write_rest(gather, flight.route->settings->timeouts.gap);
            !sent)
            co_return;
    }
    body.drop_taken();
    watch_client(flight);
}

// the service's body

// Moves the body piece by piece; `head` goes out with the first. False when it was cut.
asio::awaitable<bool> relay_body(Flight& flight, BodyReader& body, http::Framing framing, std::string_view head) {
    auto& client = flight.connection.stream();
    auto const stall = flight.generation->settings().client_timeouts.stall;
    auto const gap = flight.route->settings->timeouts.gap;
    BodyFrame frame(framing.kind);
    for (;;) {
        auto const piece = body.take();
        if (!piece) co_return cut(flight, piece.error(), Side::upstream), false;
        if (!piece->empty() &&
            flight.generation->chain().on_response_body(flight.exchange, *piece) == plugin::Flow::cut) {
            flight.after = After::cut;
            flight.summary.ending = Ending::cut_by_plugin;
            co_return false;
        }
        net::Gather gather;
        gather.add(std::exchange(head, {}));
        frame.add(gather, *piece);
        if (body.done()) frame.end(gather);
        if (!gather.empty()) {
            auto const sent = co_await client.write_rest(gather, stall);
            if (!sent) co_return cut(flight, sent.error(), Side::client), false;
            flight.summary.bytes_sent += piece->size();
        }
        if (body.done()) break;
        if (auto const filled = co_await body.fill(gap); !filled)
            co_return cut(flight, filled.error(), Side::upstream), false;
    }
    body.drop_taken();
    co_return true;
}

}  // namespace

asio::awaitable<void> relay_answer(Flight& flight) {
    auto const framing = http::response_framing(flight.head.method, flight.response);
    if (!framing) {
        co_await stop_upload(flight);
        co_return co_await fail(flight, framing.error());
    }
    auto const persistence = http::response_persistence(flight.response, *framing);
    auto const to_client = framing_for_client(*framing, flight.head.minor);
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
    flight.upstream_reusable =
        persistence == http::Persistence::keep_alive && flight.upstream_trusted && flight.upstream->buffer.empty();
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
    co_return sent ? sent : failure(errc::client_gone);
}

void start_upload(Flight& flight) {
    flight.upload.start(flight.state.worker().context().get_executor(), upload(flight));
}

asio::awaitable<void> stop_upload(Flight& flight) {
    if (!flight.upload.running()) co_return;
    auto& client = flight.connection.stream();
    bool const was_interrupted = client.interrupted();
    flight.after = flight.after == After::cut ? After::cut : After::linger;
    flight.upstream_reusable = false;
    flight.upstream->stream->interrupt(errc::cancelled);
    client.interrupt(errc::cancelled);
    co_await flight.upload.join();
    if (!was_interrupted) client.clear_interrupt();  // an answer may follow
}

void watch_client(Flight& flight) {
    flight.connection.stream().watch(net::Stream::OnBytes::ignore,
                                     [&flight] { flight.upstream->stream->interrupt(errc::client_gone); });
}

}  // namespace tollgate::proxy
