#include "proxy/queued_comments.hpp"

#include "http/accept.hpp"
#include "proxy/admit.hpp"
#include "proxy/connection.hpp"
#include "proxy/send.hpp"
#include "proxy/stream_wish.hpp"

namespace tollgate::proxy {
namespace {

using http::BodyKind;
using http::FieldName;

constexpr std::string_view event_stream = "text/event-stream";
constexpr std::string_view comment = ": queued\n\n";

Result<std::string_view> stream_head(Flight& flight) {
    http::ResponseHead head{.status = 200, .phrase = {}, .fields = {}};
    head.fields.append(FieldName::date, "Date", http::keep(flight.arena, flight.state.http_date()));
    head.fields.append(FieldName::content_type, "Content-Type", event_stream);
    head.fields.append(FieldName::cache_control, "Cache-Control", "no-store");
    if (!flight.generation->chain().on_response(flight.exchange, head)) return failure(errc::internal_error);
    return head_for_client(flight, head, {BodyKind::chunked, 0});
}

}  // namespace

bool may_be_told_to_wait(Flight const& flight, std::string_view body) {
    auto const& head = flight.head;
    return flight.route->settings->queued_comments == settings::QueuedComments::sent && head.minor >= 1 &&
           head.method != "HEAD" && flight.upgrade.empty() && !expects_continue(flight) &&
           (http::names_in_accept(head.fields, event_stream) ||
            (flight.body->done() && asks_for_stream(head.fields, body)));
}

// At once or not at all: who takes no comment of 10 bytes takes nothing, and what would follow a half one is no stream.
Result<void> send_queued_comment(Flight& flight) {
    std::string_view head;
    if (!flight.told_to_wait) {
        auto const made = stream_head(flight);
        if (!made) return std::unexpected(made.error());
        head = *made;
        flight.head_goes_out(200);
        flight.told_to_wait = true;
    }
    BodyFrame frame(BodyKind::chunked);
    net::Gather gather;
    gather.add(head);
    frame.add(gather, comment);
    if (auto const sent = send_at_once(flight, gather); !sent) return sent;
    if (!gather.empty()) return failure(errc::client_stalled);
    flight.summary.bytes_sent += comment.size();
    return {};
}

net::Task<> send_error_event(Flight& flight, http::Reply reply) {
    flight.connection.stream().clear_interrupt();
    auto const content = content_of(reply, flight.route->facts.errors, flight.exchange.request_id, flight.arena);
    auto const event = http::keep(flight.arena, {"event: error\ndata: ", content.text, "\n\n"});
    BodyFrame frame(BodyKind::chunked);
    net::Gather gather;
    frame.add(gather, event);
    frame.end(gather);
    flight.summary.reason = reply.reason;
    if (auto const sent = co_await send_to_client(flight, gather); sent) flight.summary.bytes_sent += event.size();
    else flight.cut(errc_of(sent.error(), errc::internal_error));
}

bool is_plain_event_stream(http::ResponseHead const& head) {
    auto const type = head.fields.find(FieldName::content_type).value_or(std::string_view{});
    auto const named = type.substr(0, type.find_first_of("; \t"));
    auto const coding = head.fields.find(FieldName::content_encoding).value_or("identity");
    return head.status == 200 && http::equal_ignoring_case(named, event_stream) &&
           http::equal_ignoring_case(coding, "identity");
}

}  // namespace tollgate::proxy
