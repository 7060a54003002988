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

// How an answer goes on to the client.
struct Passage {
    http::Framing theirs;
    http::Framing ours;
    std::string_view head;       // as text, for the first piece of the body; empty: it went before
    bool lets_next_come = true;  // when it has ended as it should, the service's connection can be used again
};

// An answer that cannot go on gives way to one of ours.
net::Task<> refuse(Flight& flight, boost::system::error_code why) {
    co_await stop_upload(flight);
    co_await fail(flight, why);
}

net::Task<> refuse_broken(Flight& flight) {
    co_await stop_upload(flight);
    co_await answer_broken(flight);
}

// The same in the middle of it: when the head has gone it is cut.
net::Task<> give_up(Flight& flight, http::Framing ours, boost::system::error_code why) {
    if (!flight.head_sent) co_return co_await refuse(flight, why);
    flight.cut(errc_of(why, errc::internal_error));
    // An end that only a closed connection marks must not look like one.
    if (ours.kind == BodyKind::until_close) flight.connection.stream().reset();
}

// What has come of the body since the last piece, shown to the plugins and put into its frame; `head` goes before it.
[[gnu::noinline]] Result<std::string_view> gather_piece(Flight& flight, BodyReader& body, BodyFrame& frame,
                                                        net::Gather& gather, std::string_view head) {
    auto const piece = body.take();
    if (!piece) return failure(reason_of_failure(piece.error(), Way::upstream));
    if (!piece->empty()) {
        auto const shown = flight.generation->chain().on_response_body(flight.exchange, *piece);
        if (!shown) return std::unexpected(shown.error());
    }
    gather.add(head);
    frame.add(gather, *piece);
    if (body.done()) {
        frame.end(gather, flight.kept_trailers(body));
        if (flight.request_sent) flight.lease.give_back();  // it has done, however slow the client is
    }
    return piece;
}

// The first piece takes the head along, unless the exchange has ended meanwhile.
Result<void> send_piece(Flight& flight, net::Gather& gather) {
    if (!flight.head_sent) {
        if (flight.ended != errc{}) return failure(flight.ended);
        flight.head_goes_out(flight.response.status);
    }
    return send_at_once(flight, gather);
}

// Moves the body piece by piece, and says in the end what becomes of the service's connection. What goes with the head
// is an answer like others; each later piece goes at once, so that no event waits for the work of another exchange.
net::Task<> relay(Flight& flight, Passage passage) {
    auto const gap = flight.route->settings->timeouts.gap;
    BodyReader body(*flight.upstream->stream, flight.upstream->buffer, passage.theirs,
                    std::numeric_limits<std::uint64_t>::max());
    BodyFrame frame(passage.ours.kind);
    body.let_grow();
    if (may_splice(flight, passage.ours)) body.let_splice(flight.state.worker().pipes());
    for (;;) {
        net::Gather gather;
        auto const piece = gather_piece(flight, body, frame, gather, std::exchange(passage.head, {}));
        if (!piece) co_return co_await give_up(flight, passage.ours, piece.error());
        auto* const pipe = body.spliced();
        auto const bytes = pipe ? pipe->size() : piece->size();
        auto sent = pipe               ? co_await send_to_client(flight, *pipe)
                    : flight.head_sent ? send_piece(flight, gather)
                                       : co_await flight.send_with_others([&] { return send_piece(flight, gather); });
        if (sent && !gather.empty()) sent = co_await send_to_client(flight, gather);
        flight.summary.bytes_sent += bytes - std::min(bytes, pipe ? pipe->size() : gather.size());
        if (!sent) co_return co_await give_up(flight, passage.ours, sent.error());
        if (body.done()) break;
        if (auto const filled = co_await body.fill(gap); !filled)
            co_return co_await give_up(flight, passage.ours, reason_of_failure(filled.error(), Way::upstream));
    }
    body.drop_taken();
    // Once all of the answer was read: nothing came behind it, and the service wants to hear no more of the request.
    flight.upstream_reusable =
        passage.lets_next_come && flight.request_sent && flight.upstream_trusted && flight.upstream->buffer.empty();
}

bool keeps_alive(Flight const& flight, http::Framing framing) {
    return http::response_persistence(flight.response, framing) == http::Persistence::keep_alive;
}

// An answer to a client that has the head of an event stream, and comments, already.
net::Task<> relay_event_stream(Flight& flight) {
    auto const framing = http::response_framing(flight.head.method, flight.response);
    if (!framing) return refuse(flight, framing.error());
    if (!is_plain_event_stream(flight.response)) return refuse(flight, make_error_code(errc::no_event_stream));
    flight.told_to_wait = false;
    return relay(flight, {.theirs = *framing,
                          .ours = {BodyKind::chunked, 0},
                          .head = {},
                          .lets_next_come = keeps_alive(flight, *framing)});
}

}  // namespace

net::Task<> relay_answer(Flight& flight) {
    if (flight.told_to_wait) return relay_event_stream(flight);
    auto const framing = http::response_framing(flight.head.method, flight.response);
    if (!framing) return refuse(flight, framing.error());
    // A service that wrongly sends the body which it only describes (HEAD, 304) may do so a moment later, as the
    // beginning of the next answer.
    bool const withheld =
        flight.head.method == "HEAD" || (!framing->has_body() && http::announces_body(flight.response));
    Passage passage{.theirs = *framing,
                    .ours = framing_for_client(*framing, flight.head.minor),
                    .head = {},
                    .lets_next_come = !withheld && keeps_alive(flight, *framing)};
    // Before the hooks: what the service's Connection names cannot take away what a plugin writes.
    http::remove_hop_by_hop(flight.response.fields);
    if (!flight.generation->chain().on_response(flight.exchange, flight.response)) return refuse_broken(flight);
    passage.head = head_for_client(flight, flight.response, passage.ours);
    return relay(flight, passage);
}

net::Task<Result<void>> relay_informational(Flight& flight) {
    // RFC 9110, section 15.2: never to a 1.0 client, nor after the final head.
    if (flight.head.minor == 0 || flight.head_sent) co_return Result<void>{};
    if (flight.response.status == 100) flight.told_to_continue = true;
    http::remove_hop_by_hop(flight.response.fields);
    flight.response.fields.remove(http::FieldName::content_length);  // it has no body whatever it says
    net::Gather gather;
    gather.add(http::write_response_head(flight.arena, flight.response));
    co_return co_await send_to_client(flight, gather);
}

}  // namespace tollgate::proxy
