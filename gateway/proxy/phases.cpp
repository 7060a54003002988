#include "proxy/phases.hpp"

#include "base/log.hpp"
#include "net/adopt.hpp"
#include "proxy/admit.hpp"
#include "proxy/answer.hpp"
#include "proxy/connection.hpp"
#include "proxy/forward.hpp"
#include "proxy/outcome.hpp"
#include "proxy/relay.hpp"
#include "proxy/send.hpp"
#include "proxy/tunnel.hpp"
#include "proxy/upload.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace tollgate::proxy {
namespace {

using http::Reply;

// Awaits what a plugin does. Nobody reads from the client meanwhile: it is watched. Afterwards flight.ended says
// whether anybody still wants the result.
template <class T>
net::Task<T> watched(Flight& flight, plugin::asio::awaitable<T> work) {
    flight.watch_client();
    auto result = co_await net::adopt(flight.state.worker(), std::move(work));
    flight.connection.stream().unwatch();
    co_return result;
}

// origin: a plugin's endpoint

net::Task<Result<std::string>> collect_body(Flight& flight) {
    std::string collected;
    auto const stall = flight.generation->settings().client_timeouts.stall;
    if (expects_continue(flight)) {
        if (auto const sent = co_await send_continue(flight); !sent) co_return std::unexpected(sent.error());
    }
    for (;;) {
        auto const piece = flight.body->take();
        if (!piece) co_return std::unexpected(piece.error());
        collected.append(*piece);
        if (flight.body->done()) break;
        if (auto const filled = co_await flight.body->fill(stall); !filled)
            co_return failure(reason_of_failure(filled.error(), Way::from_client));
    }
    flight.body->drop_taken();
    co_return collected;
}

net::Task<> serve_endpoint(Flight& flight) {
    auto body = co_await collect_body(flight);
    if (!body) co_return co_await fail(flight, body.error());
    auto reply = co_await watched(flight, flight.route->endpoint->serve(flight.exchange, std::move(*body)));
    if (flight.ended != errc{}) co_return co_await fail(flight, make_error_code(flight.ended));
    co_await answer(flight, std::move(reply));
}

// origin: the service behind

net::Task<> serve_upstream(Flight& flight) {
    net::Deadline too_long([&flight] { flight.end(errc::upstream_timeout); });
    if (auto const total = flight.route->settings->timeouts.total) flight.state.worker().arm(too_long, *total);
    auto const forwarded = co_await forward(flight);
    if (!forwarded) co_return co_await fail(flight, forwarded.error());
    if (flight.response.status == 101) co_await tunnel(flight);
    else co_await relay_answer(flight);
}

// the whole: what the phases before the origin come to is found without a coroutine, and then awaited. What is not to
// be inlined into one would make its frame large by what it needs for a moment.

net::Task<> guard(Flight& flight, plugin::Verdict& verdict) {
    if (auto* const reply = verdict.reply()) return answer(flight, std::move(*reply));

    // Whatever the plugins said: without an identity nobody gets past here.
    bool const guarded = flight.route->facts.access == Access::guarded;
    if (guarded && !flight.exchange.identity) return fail(flight, make_error_code(errc::no_token));

    return flight.route->endpoint ? serve_endpoint(flight) : serve_upstream(flight);
}

net::Task<> await_verdict(Flight& flight, plugin::Verdict verdict) {
    verdict = co_await watched(flight, std::move(verdict).rest());
    if (flight.ended != errc{}) co_return co_await fail(flight, make_error_code(flight.ended));
    co_await guard(flight, verdict);
}

[[gnu::noinline]] net::Task<> serve(Flight& flight, Result<std::size_t> const& head_bytes) {
    if (auto const understood = understand(flight, head_bytes); !understood) return fail(flight, understood.error());
    if (auto const port = flight.connection.entrance().redirect_port)
        return answer(flight, redirect_to_https(flight, *port));
    if (auto refusal = find_route(flight)) return answer(flight, std::move(*refusal));

    if (flight.preflight) {
        if (auto reply = flight.generation->chain().on_preflight(flight.exchange))
            return answer(flight, std::move(*reply));
        if (!flight.method_admitted) return answer(flight, method_not_allowed(flight));
    }

    auto verdict = flight.generation->chain().on_request(flight.exchange);
    if (!verdict.passes() && !verdict.reply()) return await_verdict(flight, std::move(verdict));
    return guard(flight, verdict);
}

[[gnu::noinline]] void finish(Flight& flight) {
    auto& summary = flight.summary;
    flight.connection.stream().unwatch();
    if (flight.body) {
        flight.body->drop_taken();
        if (!flight.body->done()) flight.body_is_lost();
        summary.bytes_received += flight.body->bytes();
    }
    if (flight.upstream_reusable) {
        if (auto* const pool = flight.pool()) pool->keep(std::move(flight.upstream));
    }
    summary.duration = flight.lasted();
    flight.generation->chain().on_finish(flight.exchange, summary);
    flight.state.record(flight.record());
}

std::string name_for_log(Flight const& flight) {
    auto name = fmt::format("request {}", flight.exchange.request_id);
    if (flight.route && flight.route->endpoint) name += " to an endpoint of plugin " + flight.route->plugin;
    return name;
}

}  // namespace

net::Task<After> run_exchange(Connection& connection, Result<std::size_t> head_bytes) {
    auto const held = std::make_unique<Flight>(connection, connection.state().generation(), head_bytes.value_or(0));
    auto& flight = *held;
    connection.flight = held.get();
    bool broken = false;
    try {
        co_await serve(flight, head_bytes);
    } catch (...) {
        log::thrown(name_for_log(flight));
        broken = true;
    }
    if (flight.upload.running()) co_await stop_upload(flight);
    if (broken) {
        flight.close_at_least(After::linger);
        if (flight.head_sent) flight.cut(errc::internal_error);
        else co_await answer(flight, Reply::problem(errc::internal_error));
    }
    finish(flight);
    connection.flight = nullptr;
    co_return flight.after;
}

}  // namespace tollgate::proxy
