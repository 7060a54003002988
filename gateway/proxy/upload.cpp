#include "proxy/upload.hpp"

#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/upload_rate.hpp"

namespace tollgate::proxy {
namespace {

// Waits for more of the body. Error: why the exchange ends.
net::Task<Result<std::string_view>> receive_piece(Flight& flight, UploadRate& rate) {
    auto const stall = flight.generation->settings().client_timeouts.stall;
    if (flight.lease.is_place() && rate.is_too_slow(flight.body->bytes(), stall))
        co_return failure(errc::request_timeout);
    auto const asked = flight.state.worker().turn_began();
    if (auto const filled = co_await flight.body->fill(stall); !filled)
        co_return failure(reason_of_failure(filled.error(), Way::from_client));
    rate.waited(flight.state.worker().turn_began() - asked);
    co_return next_piece(flight);
}

// Whether the kernel may move the body, with nobody looking at it and nobody who would want it again.
bool may_splice(Flight const& flight) {
    return flight.upstream->stream->is_plain() && !flight.generation->chain().observes_requests() &&
           !flight.retained.at_hand();
}

// Sends a piece, in memory or in a pipe, to the service. While that has to wait nobody reads from the client: then it
// is watched.
template <class Piece>
net::Task<Result<void>> send_to_server(Flight& flight, Piece& piece) {
    auto& service = *flight.upstream->stream;
    if (auto const sent = service.write_some(piece); !sent) co_return std::unexpected(sent.error());
    if (piece.empty()) co_return Result<void>{};
    flight.watch_client();
    auto const rest = co_await service.write_rest(piece, flight.route->settings->timeouts.gap);
    flight.connection.stream().unwatch();
    co_return rest;
}

// A 1xx answer is none yet.
bool has_begun_to_answer(Flight const& flight) {
    return flight.response.status >= 200 || !flight.upstream->buffer.empty();
}

net::Task<> upload(Flight& flight) {
    auto& body = *flight.body;
    BodyFrame frame(flight.framing.kind);
    UploadRate rate(body.bytes());
    body.let_grow();
    if (may_splice(flight)) body.let_splice(flight.state.worker().pipes());
    while (!body.done()) {
        auto const piece = co_await receive_piece(flight, rate);
        if (!piece && piece.error() == errc::cancelled) co_return;  // by pause_upload(): the reason is known there
        if (!piece) co_return flight.end(errc_of(piece.error(), errc::internal_error));
        flight.retained.keep(*piece);  // before any of it is sent: what is retained is what was taken
        net::Gather gather;
        frame.add(gather, *piece);
        if (body.done()) frame.end(gather, flight.kept_trailers(body));
        auto* const pipe = body.spliced();
        auto const sent = pipe ? co_await send_to_server(flight, *pipe) : co_await send_to_server(flight, gather);
        // It takes nothing and says nothing: that is its silence, as it is while it takes a head.
        if (!sent && sent.error() == errc::timed_out && !has_begun_to_answer(flight))
            flight.upstream->stream->interrupt(errc::upstream_timeout);
        if (!sent && flight.upstream->stream->interrupted()) co_return;  // who did that knows why
        // A service that stops reading may have answered already: the wait for its answer tells.
        if (!sent) break;
        flight.request_sent = body.done();
    }
    body.drop_taken();
    flight.connection.buffer().release_if_empty();  // for as long as the service thinks
    flight.watch_client();
    bool const is_answered = flight.response.status >= 200;  // though its head may not have gone on yet
    if (!is_answered && (!flight.head_sent || flight.told_to_wait)) flight.expect_answer();
}

}  // namespace

Result<std::string_view> next_piece(Flight& flight) {
    auto const piece = flight.body->take();
    if (!piece || piece->empty()) return piece;
    if (auto const shown = flight.generation->chain().on_request_body(flight.exchange, *piece); !shown)
        return std::unexpected(shown.error());
    return piece;
}

void start_upload(Flight& flight) {
    flight.connection.stream().unwatch();
    flight.upload.start(upload(flight));
}

net::Task<> stop_upload(Flight& flight) {
    if (flight.upload.running() && !flight.request_sent) flight.body_is_lost();
    co_await pause_upload(flight);
}

net::Task<> pause_upload(Flight& flight) {
    if (!flight.upload.running()) co_return;
    if (!flight.request_sent) {
        flight.upstream->stream->interrupt(errc::cancelled);
        flight.connection.stream().interrupt(errc::cancelled);
    }
    co_await flight.upload.join();
}

void resume_client(Flight& flight) { flight.connection.stream().clear_interrupt(); }

}  // namespace tollgate::proxy
