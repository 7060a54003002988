#include "proxy/forward.hpp"

#include "proxy/attempt.hpp"
#include "proxy/connection.hpp"
#include "proxy/early_body.hpp"
#include "proxy/place.hpp"
#include "proxy/upload.hpp"
#include "upstream/blame.hpp"
#include "upstream/retry.hpp"

#include <string_view>
#include <utility>

namespace tollgate::proxy {
namespace {

using upstream::Again;
using upstream::Attempt;

// What a request has behind it.
struct Past {
    Attempt attempt;  // the last, or the one to come
    upstream::Tried tried;
    upstream::Repetition repetition;  // that it is, after silence
};

// choose

// Whether its servers have places, which are waited for. What came by the queue stays with it, though a reload has
// lifted the limits.
bool needs_place(Flight const& flight) { return flight.lease.is_place() || flight.cluster()->is_limited(); }

// What was taken of the body, of which `first` is the first piece, while all of that is at hand.
std::string_view taken_body(Flight const& flight, std::string_view first) {
    return flight.retained.is_kept() ? flight.retained.text() : first;
}

// Where each server takes what it gets.
Result<void> choose_server(Flight& flight, upstream::Tried const& tried) {
    auto const now = flight.state.worker().turn_began();
    auto chosen = flight.cluster()->choose(flight.exchange.worker, flight.user_id(), tried, now);
    if (!chosen) return std::unexpected(chosen.error());
    flight.lease = std::move(*chosen);
    return {};
}

// judge

// Whether the server is to blame. What ended the exchange was somebody else, unless it was the total time.
bool is_fault_of_server(Flight const& flight, Attempt const& attempt, steady_time now) {
    upstream::Failure failure{.why = attempt.failure, .had_request = flight.body->done()};
    if (flight.ended != errc{}) failure.why = flight.ended;
    if (flight.ended == errc::upstream_timeout) failure.total = flight.route->settings->timeouts.total;
    if (flight.server_awaited_since) failure.waited = now - *flight.server_awaited_since;
    return upstream::is_to_blame(attempt, failure);
}

// Why there is no TLS with the server that was asked, for the logs.
void note_tls_problem(Flight& flight, steady_time now) {
    auto const problem = flight.upstream ? flight.upstream->stream->tls_problem() : std::string_view{};
    if (problem.empty()) return;
    flight.hint = problem;
    flight.cluster()->tls_failed(flight.lease.index(), problem, now);
}

// What a failure says of the server. Its connection is of no use any more.
[[gnu::noinline]] void blame_server(Flight& flight, Attempt const& attempt) {
    auto const now = net::Worker::now();
    note_tls_problem(flight, now);
    flight.upstream.reset();
    if (is_fault_of_server(flight, attempt, now)) flight.cluster()->failed(flight.lease, now);
}

// What an answer says of the server. One that came before the request was complete may be about the client alone.
void note_answer(Flight& flight) {
    flight.retained.give_up();
    flight.hint.clear();  // that of a server which was passed over
    auto& cluster = *flight.cluster();
    if (!cluster.is_failure(flight.response.status)) return upstream::Cluster::succeeded(flight.lease);
    if (flight.body->done()) cluster.failed(flight.lease, net::Worker::now());
}

// next

// Where the request goes after an attempt that failed; what the rule asks for beyond that is found out here.
[[gnu::noinline]] Again next_attempt(Flight& flight, Past& past) {
    auto& [attempt, tried, repetition] = past;
    auto const& cluster = flight.cluster();
    tried.set(flight.lease.index());
    attempt.holds_place = flight.lease.is_place();
    attempt.other_server = cluster->has_other(tried, net::Worker::now());
    attempt.body_at_hand = flight.retained.at_hand();
    bool const silent = upstream::is_silence(attempt);
    if (silent) {
        ++attempt.silences;
        attempt.may_add_load = cluster->admits_repetition();
    }
    auto const next = upstream::again(attempt);
    if (silent && next != Again::no) repetition = upstream::Repetition(cluster);
    attempt = {.method = attempt.method, .number = attempt.number + 1, .silences = attempt.silences};
    return next;
}

}  // namespace

net::Task<Result<void>> forward(Flight& flight) {
    // All of a small body is in the buffer by now; the piece stays there, to be sent again if need be, until the answer
    // begins or more is read.
    auto const first = next_piece(flight);
    if (!first) co_return std::unexpected(first.error());
    if (!flight.body->done() && needs_place(flight)) {
        if (auto const taken = co_await take_early_body(flight, *first); !taken) co_return taken;
    }
    Past past{.attempt = {.method = flight.head.method}, .tried = {}, .repetition = {}};
    Result<void> answered;
    for (auto next = Again::other_server; next != Again::no;) {
        if (next == Again::other_server) {
            bool const begins = past.attempt.number == 1;
            auto const chosen = needs_place(flight)
                                    ? co_await take_place(flight, taken_body(flight, *first), past.tried)
                                    : choose_server(flight, past.tried);
            if (!chosen && flight.ended != errc{}) co_return failure(flight.ended);
            if (!chosen) co_return begins ? chosen : answered;
        }
        if (flight.ended != errc{}) co_return failure(flight.ended);
        flight.watch_client();
        answered = co_await ask_server(flight, taken_body(flight, *first), past.attempt, past.tried);
        if (answered) {
            note_answer(flight);
            co_return answered;
        }
        co_await pause_upload(flight);
        flight.answer_overdue.disarm();
        past.attempt.failure = errc_of(answered.error(), errc::internal_error);
        blame_server(flight, past.attempt);
        if (flight.ended != errc{}) co_return failure(flight.ended);
        next = next_attempt(flight, past);
        if (next != Again::no) resume_client(flight);
    }
    co_return answered;
}

}  // namespace tollgate::proxy
