#include "proxy/attempt.hpp"

#include "http/head_writer.hpp"
#include "http/upgrade.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"
#include "proxy/relay.hpp"
#include "proxy/upload.hpp"
#include "upstream/dial.hpp"
#include "upstream/head.hpp"

#include <cstddef>

namespace tollgate::proxy {
namespace {

constexpr unsigned most_informational = 16;  // 1xx answers before the final one
constexpr http::HeadLimits head_limits{.head_bytes = net::Intake::buffer_bytes, .fields = 256};

// As the chosen server gets it.
Result<std::string_view> request_head(Flight& flight) {
    auto const& settings = flight.generation->settings();
    auto const& route = *flight.route->settings;
    auto const& upstream = flight.cluster()->settings();
    bool const names_server = upstream.host_sent == settings::HostSent::upstream;
    auto const host = names_server ? std::string_view(flight.cluster()->authority(flight.lease.index())) : flight.host;
    auto const fields = fields_for_upstream({.received = flight.head,
                                             .framing = flight.framing,
                                             .host = host,
                                             .hop = flight.hop,
                                             .route = route,
                                             .identity = flight.exchange.identity.get(),
                                             .send_user_email = settings.send_user_email,
                                             .request_id = flight.exchange.request_id,
                                             .upgrade = flight.upgrade,
                                             .uncoded = flight.told_to_wait},
                                            flight.arena);
    if (!fields) return std::unexpected(fields.error());
    return http::write_request_head(flight.arena, flight.head.method, upstream.base_path,
                                    target_for_upstream(flight.exchange.target, route.strip_prefix), *fields);
}

// Takes a connection from the pool, if there is one. When one from the pool was dead the others may be too: a second
// attempt opens one.
bool take_pooled(Flight& flight, unsigned attempt) {
    auto* const pool = attempt == 1 ? flight.pool() : nullptr;
    if (pool) flight.upstream = pool->take();
    return pool && flight.upstream;
}

net::Task<Result<void>> connect(Flight& flight) {
    flight.awaited = ServiceTime::connect;
    auto& worker = flight.state.worker();
    return upstream::dial(worker, flight.state.surroundings().resolver,
                          flight.cluster()->destination(flight.lease.index(), worker.index()),
                          flight.route->settings->timeouts.connect, flight.ended, flight.upstream);
}

std::unexpected<boost::system::error_code> upstream_failure(boost::system::error_code code) {
    return failure(reason_of_failure(code, Way::upstream));
}

// The head, with `body` behind it in the same write, and its end when the whole body is at hand.
[[gnu::noinline]] void gather_request(Flight& flight, net::Gather& gather, std::string_view head, std::string_view body,
                                      BodyFrame& frame) {
    gather.add(head);
    frame.add(gather, body);
    if (flight.body->done()) frame.end(gather, flight.kept_trailers(*flight.body));
}

// Sends what goes at once. Notes whether a byte was taken of it.
Result<void> begin_request(Flight& flight, net::Gather& gather, upstream::Attempt& attempt) {
    flight.awaited = ServiceTime::gap;
    auto const first = flight.upstream->stream->write_some(gather);
    if (!first) return upstream_failure(first.error());
    attempt.bytes_written = *first > 0;
    return {};
}

net::Task<Result<void>> send_rest(Flight& flight, net::Gather& gather, upstream::Attempt& attempt) {
    auto const rest = co_await flight.upstream->stream->write_rest(gather, flight.route->settings->timeouts.gap);
    attempt.bytes_written = true;
    if (!rest) co_return upstream_failure(rest.error());
    co_return rest;
}

// What a next attempt would begin with is kept as long as there may be one. What was given up is lost for good.
void retain_body(Flight& flight, std::string_view sent, upstream::Attempt attempt, upstream::Tried tried) {
    auto& retained = flight.retained;
    tried.set(flight.lease.index());
    attempt.other_server = flight.cluster()->has_other(tried, net::Worker::now());
    bool const fits = flight.framing.length <= RetainedBody::most_bytes;
    if (!fits || !upstream::is_worth_retaining(attempt)) retained.give_up();
    else if (!retained.is_kept()) retained.keep(sent);
}

// Of a request that is with the server, and goes to no other whatever comes of it, no body is kept: while the service
// thinks the block that it came in is another's.
void let_go_of_body(Flight& flight) {
    if (upstream::is_idempotent(flight.head.method)) return;
    flight.retained.give_up();
    flight.body->drop_taken();
    flight.connection.buffer().release_if_empty();
}

// The request is with the server, or the rest of its body follows what was `sent`.
[[gnu::noinline]] void go_on_with_body(Flight& flight, std::string_view sent, upstream::Attempt const& attempt,
                                       upstream::Tried const& tried) {
    flight.request_sent = flight.body->done();
    flight.server_awaited_since.reset();
    if (flight.request_sent) {
        let_go_of_body(flight);
        flight.expect_answer();
    } else {
        retain_body(flight, sent, attempt, tried);
        start_upload(flight);
    }
}

// Takes a complete head out of the buffer, into flight.response.
Result<void> take_head(Flight& flight, std::size_t size) {
    auto& buffer = flight.upstream->buffer;
    auto const kept = http::keep(flight.arena, buffer.text().substr(0, size));
    buffer.consume(size);
    flight.response.status = 0;  // as long as it is not understood
    return http::read_response_head(kept, head_limits, flight.response);
}

enum class Heard { nothing, informational, final };

// What has come of the answer: when a head is complete it is in flight.response. `scanned` goes with what has not.
[[gnu::noinline]] Result<Heard> hear(Flight& flight, std::size_t& scanned) {
    auto const size = upstream::head_at_hand(*flight.upstream, head_limits.head_bytes, scanned);
    if (!size) return upstream_failure(size.error());
    if (*size == 0) return Heard::nothing;
    scanned = 0;
    if (auto const taken = take_head(flight, *size); !taken) return std::unexpected(taken.error());
    auto const& answer = flight.response;
    if (answer.status >= 200) return Heard::final;
    if (answer.status == 101 && http::accepted_upgrade(flight.upgrade, answer).empty())
        return failure(errc::upstream_bad_response);
    return answer.status == 101 ? Heard::final : Heard::informational;
}

// Informational answers (RFC 9110, section 15.2) go on to the client as they come; this is the one with `number`. An
// answer has begun with the first: nobody else is asked.
net::Task<Result<void>> pass_on(Flight& flight, unsigned number) {
    flight.retained.give_up();
    if (http::response_persistence(flight.response, {}) == http::Persistence::close) flight.upstream_trusted = false;
    auto const passed = co_await relay_informational(flight);
    if (passed && number > most_informational) co_return failure(errc::upstream_bad_response);
    co_return passed;
}

}  // namespace

net::Task<Result<void>> ask_server(Flight& flight, std::string_view body, upstream::Attempt& attempt,
                                   upstream::Tried const& tried) {
    auto const head = request_head(flight);
    if (!head) co_return std::unexpected(head.error());
    flight.request_sent = false;
    flight.server_awaited_since = flight.state.worker().turn_began();
    if (!take_pooled(flight, attempt.number)) {
        if (auto const connected = co_await connect(flight); !connected) co_return connected;
    }
    attempt.connected = true;
    attempt.connection_reused = flight.upstream->reused;
    BodyFrame frame(flight.framing.kind);
    net::Gather gather;
    gather_request(flight, gather, *head, body, frame);
    auto sent = co_await flight.send_with_others([&] { return begin_request(flight, gather, attempt); });
    if (sent && !gather.empty()) sent = co_await send_rest(flight, gather, attempt);
    if (!sent) co_return sent;
    go_on_with_body(flight, body, attempt, tried);
    Result<void> answered;
    unsigned informational = 0;
    for (std::size_t scanned = 0; answered;) {
        auto const heard = hear(flight, scanned);
        if (heard == Heard::final) break;
        if (!heard) {
            answered = std::unexpected(heard.error());
        } else if (*heard == Heard::informational) {
            answered = co_await pass_on(flight, ++informational);
        } else {
            auto const read = co_await flight.upstream->stream->readable({}).and_then(
                [&] { return upstream::read_more(*flight.upstream, head_limits.head_bytes); });
            if (!read) answered = upstream_failure(read.error());
        }
    }
    flight.answer_overdue.disarm();
    attempt.answer_begun = answered || !flight.upstream->buffer.empty() || flight.response.status != 0;
    co_return answered;
}

}  // namespace tollgate::proxy
