#include "proxy/answer.hpp"

#include "http/head_writer.hpp"
#include "http/hop.hpp"
#include "proxy/connection.hpp"
#include "proxy/outgoing.hpp"

#include <string>
#include <utility>

namespace tollgate::proxy {
namespace {

using http::BodyKind;
using http::Reply;

// Whether the connection can be used for a next request although nobody wants the rest of this one's body.
bool rest_of_body_is_here(Flight& flight) {
    if (!flight.body) return false;  // the head was not understood: nobody knows where the next one begins
    while (!flight.body->done()) {
        auto const piece = flight.body->take();
        if (!piece || (piece->empty() && !flight.body->done())) return false;
    }
    flight.body->drop_taken();
    return true;
}

http::ResponseHead head_of(Reply const& reply, std::string_view date, http::Arena& arena) {
    http::ResponseHead head{.status = reply.status, .phrase = {}, .fields = {}};
    head.fields.append(http::FieldName::date, "Date", http::keep(arena, date));
    if (!reply.content_type.empty())
        head.fields.append(http::FieldName::content_type, "Content-Type", reply.content_type);
    for (auto const& [name, value] : reply.fields) {
        // A field that cannot be sent is a bug of the plugin; the answer goes out without it.
        if (auto const added = head.fields.add(arena, name, value); !added) continue;
    }
    return head;
}

constexpr unsigned status_client_gone = 499;  // nginx's word for it, understood by every log reader

plugin::Ending ending_of(errc why) noexcept {
    using plugin::Ending;
    switch (why) {
        case errc::upstream_refused:
        case errc::upstream_unresolved:
        case errc::upstream_failed:
        case errc::upstream_bad_response: return Ending::upstream_failed;
        case errc::upstream_timeout: return Ending::timed_out;
        case errc::draining: return Ending::drained;
        case errc::token_revoked: return Ending::revoked;
        default: return Ending::complete;
    }
}

// Some problems say more than their standard sentence.
Reply problem_for(errc why) {
    switch (why) {
        case errc::upstream_timeout:
            return Reply::problem(why,
                                  "The service behind did not answer in time: `timeouts.connect` and "
                                  "`timeouts.first_byte` of the route set how long it may take.");
        case errc::no_token:
        case errc::token_revoked: return Reply::problem(why).with("WWW-Authenticate", "Bearer realm=\"tollgate\"");
        case errc::draining:
        case errc::queue_full:
        case errc::store_unavailable: return Reply::problem(why).retry_after(std::chrono::seconds(1));
        default: return Reply::problem(why);
    }
}

}  // namespace

asio::awaitable<void> answer(Flight& flight, Reply reply) {
    if (flight.after == After::keep_alive && !rest_of_body_is_here(flight)) flight.after = After::linger;
    auto const style = flight.route ? flight.route->facts.errors : ErrorStyle::problem;
    render(reply, style, flight.exchange.request_id);
    auto head = head_of(reply, flight.state.http_date(), flight.arena);
    if (!flight.generation->chain().on_response(flight.exchange, head)) {
        reply = Reply::problem(errc::internal_error);
        render(reply, style, flight.exchange.request_id);
        head = head_of(reply, flight.state.http_date(), flight.arena);
    }
    http::Framing const framing{BodyKind::length, reply.body.size()};
    prepare_for_client(head, framing, flight.settle_connection(framing.kind), flight.exchange.request_id, flight.arena);

    std::string text;
    write_response_head(text, head);
    net::Gather gather;
    gather.add(text);
    if (flight.head.method != "HEAD") gather.add(reply.body);
    flight.head_sent = true;
    flight.summary.status = reply.status;
    flight.summary.reason = flight.exchange.note != errc{} ? flight.exchange.note : reply.reason;
    flight.summary.first_byte = net::Worker::now() - flight.exchange.began;
    auto const sent =
        co_await flight.connection.stream().write_rest(gather, flight.generation->settings().client_timeouts.stall);
    if (sent) {
        flight.summary.bytes_sent = flight.head.method == "HEAD" ? 0 : reply.body.size();
    } else {
        flight.after = After::cut;
        flight.summary.ending = plugin::Ending::client_gone;
    }
}

asio::awaitable<void> fail(Flight& flight, boost::system::error_code error) {
    auto const why = errc_of(error, errc::internal_error);
    auto& summary = flight.summary;
    if (why == errc::client_gone || reason_of(why).status == 0) {
        summary.status = status_client_gone;
        summary.reason = errc::client_gone;
        summary.ending = plugin::Ending::client_gone;
        flight.after = After::cut;
        co_return;
    }
    summary.ending = ending_of(why);
    co_await answer(flight, problem_for(why));
}

asio::awaitable<After> refuse_incomplete_head(Connection& connection, errc why) {
    bool const worth_an_answer =
        why == errc::request_timeout || why == errc::head_too_large || why == errc::target_too_long;
    if (!worth_an_answer) co_return After::cut;
    auto& state = connection.state();
    auto reply = Reply::problem(why);
    std::array<char, 32> id{};
    state.make_request_id(id);
    std::string_view const request_id(id.data(), id.size());
    render(reply, ErrorStyle::problem, request_id);

    http::Arena arena;
    auto head = head_of(reply, state.http_date(), arena);
    prepare_for_client(head, {BodyKind::length, reply.body.size()}, ClientConnection::close, request_id, arena);
    std::string text;
    write_response_head(text, head);
    net::Gather gather;
    gather.add(text);
    gather.add(reply.body);
    auto const sent =
        co_await connection.stream().write_rest(gather, state.generation()->settings().client_timeouts.stall);

    plugin::Summary const summary{.status = reply.status, .reason = why, .ending = plugin::Ending::refused};
    state.record({.time = state.surroundings().services.clock().wall_now(),
                  .request_id = request_id,
                  .client = connection.client.address,
                  .summary = summary});
    co_return sent ? After::linger : After::cut;
}

}  // namespace tollgate::proxy
