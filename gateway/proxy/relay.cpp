#include "proxy/relay.hpp"

#include "http/head_writer.hpp"
#include "http/hop.hpp"
#include "proxy/answer.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"
#include "proxy/queued_comments.hpp"
#include "proxy/send.hpp"
#include "proxy/upload.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tollgate::proxy {
namespace {

using http::BodyKind;

// Whether the kernel may move the body, framed as `framing` for the client, with nobody looking at it.
bool may_splice(Flight const& flight, http::Framing framing) {
    bool const framed = framing.kind == BodyKind::chunked;
    return !framed && flight.connection.stream().is_plain() && !flight.generation->chain().observes_responses();
}

// Moves the body piece by piece; `head` goes out with the first. Error: why it has to be cut, or answered otherwise when
// the head has not gone.
net::Task<Result<void>> relay_body(Flight& flight, BodyReader& body, http::Framing framing, std::string_view head) {
    auto const gap = flight.route->settings->timeouts.gap;
    BodyFrame frame(framing.kind);
    body.let_grow();
    if (may_splice(flight, framing)) body.let_splice(flight.state.worker().pipes());
    for (;;) {
        auto const piece = body.take();
        if (!piece) co_return failure(reason_of_failure(piece.error(), Way::upstream));
        if (!piece->empty()) {
            auto const shown = flight.generation->chain().on_response_body(flight.exchange, *piece);
            if (!shown) co_return shown;
        }
        net::Gather gather;
        gather.add(std::exchange(head, {}));
        frame.add(gather, *piece);
        if (body.done()) {
            frame.end(gather, flight.kept_trailers(body));
            if (flight.request_sent) flight.lease.give_back();  // it has done, however slow the client is
        }
        if (!body.spliced() && flight.sends_with_others())
            (void)co_await flight.end_of_turn.wait({}, net::Suspension::Begin::at_end);
        if (!flight.head_sent) {
            if (flight.ended != errc{}) co_return failure(flight.ended);
            flight.head_goes_out(flight.response.status);
        }
        auto* const pipe = body.spliced();
        auto const bytes = pipe ? pipe->size() : piece->size();
        auto sent = pipe ? co_await send_to_client(flight, *pipe) : send_at_once(flight, gather);
        if (sent && !gather.empty()) sent = co_await send_to_client(flight, gather);
        flight.summary.bytes_sent += bytes - std::min(bytes, pipe ? pipe->size() : gather.size());
        if (!sent) co_return sent;
        if (body.done()) break;
        if (auto const filled = co_await body.fill(gap); !filled)
            co_return failure(reason_of_failure(filled.error(), Way::upstream));
    }
    body.drop_taken();
    co_return Result<void>{};
}

// Whether the service's connection can be used for a next request, once all of the answer was read.
bool ended_as_it_should(Flight const& flight, http::Persistence persistence) {
    return flight.request_sent && persistence == http::Persistence::keep_alive && flight.upstream_trusted &&
           flight.upstream->buffer.empty();
}

// An answer to a client that has the head of an event stream, and comments, already.
net::Task<> relay_event_stream(Flight& flight) {
    auto const framing = http::response_framing(flight.head.method, flight.response);
    if (!framing || !is_plain_event_stream(flight.response)) {
        co_await stop_upload(flight);
        co_return co_await fail(flight, framing ? make_error_code(errc::no_event_stream) : framing.error());
    }
    auto const persistence = http::response_persistence(flight.response, *framing);
    BodyReader body(*flight.upstream->stream, flight.upstream->buffer, *framing,
                    std::numeric_limits<std::uint64_t>::max());
    flight.told_to_wait = false;
    auto const relayed = co_await relay_body(flight, body, {BodyKind::chunked, 0}, {});
    if (!relayed) co_return flight.cut(errc_of(relayed.error(), errc::internal_error));
    flight.upstream_reusable = ended_as_it_should(flight, persistence);
}

}  // namespace

net::Task<> relay_answer(Flight& flight) {
    if (flight.told_to_wait) co_return co_await relay_event_stream(flight);
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
        co_return co_await answer_broken(flight);
    }
    auto const head = head_for_client(flight, flight.response, to_client);
    BodyReader body(*flight.upstream->stream, flight.upstream->buffer, *framing,
                    std::numeric_limits<std::uint64_t>::max());
    if (auto const relayed = co_await relay_body(flight, body, to_client, head); !relayed) {
        if (!flight.head_sent) {
            co_await stop_upload(flight);
            co_return co_await fail(flight, relayed.error());
        }
        flight.cut(errc_of(relayed.error(), errc::internal_error));
        // An end that only a closed connection marks must not look like one.
        if (to_client.kind == BodyKind::until_close) flight.connection.stream().reset();
        co_return;
    }
    flight.upstream_reusable = !withheld && ended_as_it_should(flight, persistence);
}

net::Task<Result<void>> relay_informational(Flight& flight) {
    // RFC 9110, section 15.2: never to a 1.0 client, nor after the final head.
    if (flight.head.minor == 0 || flight.head_sent) co_return Result<void>{};
    http::remove_hop_by_hop(flight.response.fields);
    flight.response.fields.remove(http::FieldName::content_length);  // it has no body whatever it says
    net::Gather gather;
    gather.add(http::write_response_head(flight.arena, flight.response));
    co_return co_await send_to_client(flight, gather);
}

}  // namespace tollgate::proxy
