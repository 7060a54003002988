#include "proxy/answer.hpp"

#include "base/log.hpp"
#include "proxy/connection.hpp"
#include "proxy/outcome.hpp"
#include "proxy/queued_comments.hpp"
#include "proxy/send.hpp"

#include <fmt/format.h>

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

http::ResponseHead head_of(Reply const& reply, std::string_view content_type, std::string_view date,
                           http::Arena& arena) {
    http::ResponseHead head{.status = reply.status, .phrase = {}, .fields = {}};
    head.fields.append(http::FieldName::date, "Date", http::keep(arena, date));
    if (!content_type.empty()) head.fields.append(http::FieldName::content_type, "Content-Type", content_type);
    for (auto const& [name, value] : reply.fields) {
        if (auto const added = head.fields.add(arena, name, value); !added)
            log::error(fmt::format("a plugin's answer goes out without its field {:?}, which cannot be sent", name));
    }
    if (auto const field = http::standing_field(reply); field && !head.fields.find(field->id))
        head.fields.append(field->id, field->name, field->value);
    return head;
}

// RFC 9110, sections 15.3.5 and 15.4.5: these never have a body.
http::Framing framing_of(unsigned status, std::string_view body) noexcept {
    if (status == 204 || status == 304) return {};
    return {BodyKind::length, body.size()};
}

constexpr unsigned status_client_gone = 499;  // nginx's word for it, understood by every log reader

// Before its head goes out: what becomes of the connection, and what is sent.
net::Gather gather_answer(Flight& flight, http::ResponseHead& head, std::string_view body) {
    flight.connection.stream().clear_interrupt();
    if (flight.after <= After::close && !rest_of_body_is_here(flight)) flight.body_is_lost();
    auto const framing = framing_of(head.status, body);
    net::Gather gather;
    gather.add(head_for_client(flight, head, framing));
    if (flight.head.method != "HEAD" && framing.has_body()) gather.add(body);
    return gather;
}

// A 504 that names the key to raise. What ends the whole exchange with that reason is the total time.
Reply overdue(Flight const& flight) {
    auto const over = flight.ended == errc::upstream_timeout ? ServiceTime::total : flight.awaited;
    return Reply::problem(errc::upstream_timeout, overdue_detail(over));
}

enum class Hooks { shown, passed_by };

// In the style of the route. What is gathered lies in `reply` and in the arena.
[[gnu::noinline]] net::Gather made_answer(Flight& flight, Reply& reply, Hooks hooks) {
    auto const style = flight.route ? flight.route->facts.errors : ErrorStyle::problem;
    auto const content = content_of(reply, style, flight.exchange.request_id, flight.arena);
    auto head = head_of(reply, content.type, flight.state.http_date(), flight.arena);
    if (hooks == Hooks::passed_by || flight.generation->chain().on_response(flight.exchange, head))
        return gather_answer(flight, head, content.text);
    reply = Reply::problem(errc::internal_error);
    return made_answer(flight, reply, Hooks::passed_by);
}

net::Task<> send(Flight& flight, Reply reply, Hooks hooks) {
    auto gather = made_answer(flight, reply, hooks);
    auto const head_bytes = gather.pieces().front().iov_len;
    auto const body_bytes = gather.size() - head_bytes;
    auto sent = co_await flight.send_with_others([&] {
        flight.connection.stream().clear_interrupt();  // who ended it meanwhile gets this answer too
        flight.summary.reason = flight.exchange.note != errc{} ? flight.exchange.note : reply.reason;
        flight.head_goes_out(reply.status);
        return send_at_once(flight, gather);
    });
    if (sent && !gather.empty()) sent = co_await send_to_client(flight, gather);
    if (sent) flight.summary.bytes_sent = body_bytes;
    else flight.cut(errc_of(sent.error(), errc::internal_error));
}

net::Task<> nothing() { co_return; }

}  // namespace

net::Task<> answer(Flight& flight, Reply reply) { return send(flight, std::move(reply), Hooks::shown); }

net::Task<> answer_broken(Flight& flight) {
    return send(flight, Reply::problem(errc::internal_error), Hooks::passed_by);
}

net::Task<> fail(Flight& flight, boost::system::error_code error) {
    auto const why = reason_to_tell(error);
    if (!is_unheard(why)) {
        flight.summary.ending = ending_of(why, HeadSent::no);
        auto reply = why == errc::upstream_timeout ? overdue(flight) : Reply::problem(why);
        return flight.told_to_wait ? send_error_event(flight, std::move(reply)) : answer(flight, std::move(reply));
    }
    flight.cut(why);
    if (!flight.head_sent) flight.summary.status = status_client_gone;
    return nothing();
}

}  // namespace tollgate::proxy
