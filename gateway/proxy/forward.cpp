#include "proxy/forward.hpp"

#include "http/head_writer.hpp"
#include "http/upgrade.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/outgoing.hpp"
#include "proxy/relay.hpp"
#include "proxy/turn.hpp"
#include "proxy/upload.hpp"
#include "upstream/blame.hpp"
#include "upstream/dial.hpp"
#include "upstream/retry.hpp"

#include <string>
#include <utility>

namespace tollgate::proxy {
namespace {

constexpr unsigned most_informational = 16;  // 1xx answers before the final one

// Chooses the server that is asked next, where each takes what it gets.
Result<void> choose_server(Flight& flight, upstream::Tried const& tried) {
    auto const& identity = flight.exchange.identity;
    auto chosen = flight.cluster()->choose(flight.exchange.worker,
                                           identity ? std::string_view(identity->user_id) : std::string_view{}, tried,
                                           net::Worker::now());
    if (!chosen) return std::unexpected(chosen.error());
    flight.server = std::move(*chosen);
    return {};
}

asio::awaitable<Result<void>> find_other_server(Flight& flight, upstream::Tried& tried) {
    if (flight.server.cluster()) co_return co_await take_turn(flight, tried);  // it came by the queue
    co_return choose_server(flight, tried);
}

// Takes a connection from the pool or opens one. When one from the pool was dead the others may be too: a second
// attempt opens one.
asio::awaitable<Result<void>> connect(Flight& flight, unsigned attempt) {
    if (auto* const pool = flight.pool(); pool && attempt == 1) {
        flight.upstream = pool->take();
        if (flight.upstream) co_return Result<void>{};
    }
    auto& worker = flight.state.worker();
    co_return co_await upstream::dial(worker, flight.state.surroundings().resolver,
                                      flight.cluster()->destination(flight.server.index(), worker.index()),
                                      flight.route->settings->timeouts.connect, flight.ended, flight.upstream);
}

// As the chosen server gets it.
Result<std::string> request_head(Flight& flight) {
    auto const& settings = flight.generation->settings();
    auto const& route = *flight.route->settings;
    auto const& upstream = flight.cluster()->settings();
    bool const names_server = upstream.host_sent == settings::HostSent::upstream;
    auto const host = names_server ? std::string_view(flight.cluster()->authority(flight.server.index())) : flight.host;
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
    std::string text;
    text.reserve(1024);
    http::write_request_head(text, flight.head.method, upstream.base_path,
                             target_for_upstream(flight.exchange.target, route.strip_prefix), *fields);
    return text;
}

std::unexpected<boost::system::error_code> upstream_failure(boost::system::error_code code) {
    return failure(reason_of_failure(code, Way::upstream));
}

// Sends the head, with `body` behind it in the same write when the whole body is at hand. What is `written` tells
// whether a retry is safe.
asio::awaitable<Result<void>> send_request(Flight& flight, std::string_view head, std::string_view body,
                                           bool& written) {
    BodyFrame frame(flight.framing.kind);
    net::Gather gather;
    gather.add(head);
    frame.add(gather, body);
    if (flight.body->done()) frame.end(gather, flight.kept_trailers(*flight.body));
    auto& stream = *flight.upstream->stream;
    auto const first = stream.write_some(gather);
    if (!first) co_return upstream_failure(first.error());
    written = *first > 0;
    if (!gather.empty()) {
        auto const rest = co_await stream.write_rest(gather, flight.route->settings->timeouts.gap);
        written = true;
        if (!rest) co_return upstream_failure(rest.error());
    }
    flight.request_sent = flight.body->done();
    co_return Result<void>{};
}

// What a next attempt would begin with is kept as long as there may be one. What was given up is lost for good.
void retain_body(Flight& flight, std::string_view sent, upstream::Attempt attempt, upstream::Tried tried) {
    auto& retained = flight.retained;
    tried.set(flight.server.index());
    attempt.other_server = flight.cluster()->has_other(tried, net::Worker::now());
    bool const fits = flight.framing.length <= RetainedBody::most_bytes;
    if (!fits || !upstream::is_worth_retaining(attempt)) retained.give_up();
    else if (!retained.is_kept()) retained.keep(sent);
}

// Reads one head of an answer into flight.response. How long that may take is for flight.answer_overdue to say.
asio::awaitable<Result<void>> read_head(Flight& flight) {
    auto& stream = flight.upstream->stream;
    auto& buffer = flight.upstream->buffer;
    http::HeadLimits const limits{.head_bytes = BodyReader::buffer_bytes, .fields = 256};
    std::size_t scanned = 0;
    for (;;) {
        if (auto const size = http::head_size(buffer.text(), scanned); size > 0) {
            auto const kept = http::keep(flight.arena, buffer.text().substr(0, size));
            buffer.consume(size);
            flight.response = {};
            co_return http::read_response_head(kept, limits, flight.response);
        }
        scanned = buffer.size();
        if (scanned >= limits.head_bytes) co_return failure(errc::upstream_bad_response);
        if (auto const ready = co_await stream->readable({}); !ready) co_return upstream_failure(ready.error());
        auto const count = stream->read_some(buffer.prepare(limits.head_bytes));
        if (!count) co_return upstream_failure(count.error());
        buffer.commit(*count);
    }
}

// Reads heads until the final one; informational ones (RFC 9110, section 15.2) go on to the client as they come.
asio::awaitable<Result<void>> await_answer(Flight& flight) {
    for (unsigned informational = 0; informational <= most_informational; ++informational) {
        if (auto const read = co_await read_head(flight); !read) co_return read;
        if (flight.response.status >= 200) co_return Result<void>{};
        if (flight.response.status == 101) {
            if (http::accepted_upgrade(flight.upgrade, flight.response).empty())
                co_return failure(errc::upstream_bad_response);
            co_return Result<void>{};
        }
        flight.retained.give_up();  // an answer has begun: nobody else is asked
        if (http::response_persistence(flight.response, {}) == http::Persistence::close)
            flight.upstream_trusted = false;
        if (auto const passed = co_await relay_informational(flight); !passed) co_return passed;
    }
    co_return failure(errc::upstream_bad_response);
}

// One attempt, which begins with as much of the `body` as was taken before. `attempt` is filled in with what again()
// wants to know.
asio::awaitable<Result<void>> attempt_once(Flight& flight, std::string_view head, std::string_view body,
                                           upstream::Attempt& attempt, upstream::Tried const& tried) {
    flight.request_sent = false;
    flight.server_awaited_since = net::Worker::now();
    if (auto const connected = co_await connect(flight, attempt.number); !connected) co_return connected;
    attempt.connected = true;
    attempt.connection_reused = flight.upstream->reused;
    auto const sent = co_await send_request(flight, head, body, attempt.bytes_written);
    if (!sent) co_return sent;
    flight.server_awaited_since.reset();
    if (flight.request_sent) {
        flight.expect_answer();
    } else {
        retain_body(flight, body, attempt, tried);
        start_upload(flight);
    }
    auto answered = co_await await_answer(flight);
    flight.answer_overdue.disarm();
    attempt.answer_begun = answered || !flight.upstream->buffer.empty() || flight.response.status != 0;
    co_return answered;
}

// Whether the server is to blame. What ended the exchange was somebody else, unless it was the total time.
bool is_fault_of_server(Flight const& flight, boost::system::error_code failed, upstream::Attempt const& attempt,
                        steady_time now) {
    upstream::Failure failure{.why = errc_of(failed, errc::internal_error), .had_request = flight.body->done()};
    if (flight.ended != errc{}) {
        failure.why = flight.ended;
        failure.total = flight.route->settings->timeouts.total;
    }
    if (flight.server_awaited_since) failure.waited = now - *flight.server_awaited_since;
    return upstream::is_to_blame(attempt, failure);
}

// What an answer says of the server. One that came before the request was complete may be about the client alone.
void note_answer(Flight& flight) {
    auto& cluster = *flight.cluster();
    if (!cluster.is_failure(flight.response.status)) return upstream::Cluster::succeeded(flight.server);
    if (flight.body->done()) cluster.failed(flight.server, net::Worker::now());
}

// Whether it was the way, and not the answer, that failed.
bool is_worth_another(boost::system::error_code failed) {
    return failed == errc::upstream_failed || failed == errc::upstream_refused || failed == errc::upstream_unresolved ||
           failed == errc::upstream_tls || failed == errc::upstream_timeout;
}

// Why there is no TLS with the server that was asked, for the logs.
void note_tls_problem(Flight& flight) {
    auto const problem = flight.upstream ? flight.upstream->stream->tls_problem() : std::string_view{};
    if (problem.empty()) return;
    flight.hint = problem;
    flight.cluster()->tls_failed(flight.server.index(), problem, net::Worker::now());
}

// After an attempt that failed: what becomes of the request.
upstream::Again next_attempt(Flight& flight, boost::system::error_code failed, upstream::Attempt& attempt,
                             upstream::Tried& tried, upstream::Repetition& repetition) {
    auto& cluster = *flight.cluster();
    auto const now = net::Worker::now();
    if (is_fault_of_server(flight, failed, attempt, now)) cluster.failed(flight.server, now);
    if (flight.ended != errc{} || !is_worth_another(failed)) return upstream::Again::no;
    tried.set(flight.server.index());
    // Its place is worth more than another server when no more is known than that an idle connection was dead.
    bool const keeps_place = attempt.connection_reused && flight.server.cluster();
    attempt.other_server = !keeps_place && cluster.has_other(tried, now);
    attempt.body_at_hand = flight.retained.at_hand();
    bool const silent = attempt.connected && failed == errc::upstream_timeout;
    if (silent) {
        ++attempt.silences;
        attempt.may_add_load = cluster.admits_repetition();
    }
    auto const next = upstream::again(attempt);
    if (silent && next != upstream::Again::no) repetition = upstream::Repetition(flight.cluster());
    attempt = {.method = attempt.method, .number = attempt.number + 1, .silences = attempt.silences};
    return next;
}

}  // namespace

asio::awaitable<Result<void>> forward(Flight& flight) {
    upstream::Tried tried;
    // All of a small body is in the buffer by now; the piece stays there, to be sent again if need be, until the answer
    // begins or more is read.
    auto const first = next_piece(flight);
    if (!first) co_return std::unexpected(first.error());
    if (flight.cluster()->is_limited()) {
        if (auto const taken = co_await take_turn(flight, tried); !taken) co_return taken;
    } else if (auto const chosen = choose_server(flight, tried); !chosen) {
        co_return chosen;
    }
    auto head = request_head(flight);
    if (!head) co_return std::unexpected(head.error());
    watch_client(flight);
    upstream::Repetition repetition;
    for (upstream::Attempt attempt{.method = flight.head.method};;) {
        if (flight.ended != errc{}) co_return failure(flight.ended);
        auto const body = flight.retained.is_kept() ? flight.retained.text() : *first;
        auto const answered = co_await attempt_once(flight, *head, body, attempt, tried);
        if (answered) {
            flight.retained.give_up();
            note_answer(flight);
            flight.hint.clear();  // that of a server which was passed over
            co_return answered;
        }
        co_await pause_upload(flight);
        flight.answer_overdue.disarm();
        note_tls_problem(flight);
        flight.upstream.reset();
        auto const next = next_attempt(flight, answered.error(), attempt, tried, repetition);
        if (flight.ended != errc{}) co_return failure(flight.ended);
        if (next == upstream::Again::no) co_return answered;
        resume_client(flight);
        if (next == upstream::Again::same_server) continue;
        if (auto const found = co_await find_other_server(flight, tried); !found)
            co_return flight.ended != errc{} ? failure(flight.ended) : answered;
        watch_client(flight);
        head = request_head(flight);
        if (!head) co_return std::unexpected(head.error());
    }
}

}  // namespace tollgate::proxy
