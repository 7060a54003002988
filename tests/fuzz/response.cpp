// `METHOD MINOR` of a request in the first line, and the head that a service answers with. Whatever it wrote, the
// client gets one well-formed answer whose end it sees where we see it.
#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/wire.hpp"
#include "http/head_writer.hpp"
#include "http/hop.hpp"
#include "proxy/outgoing.hpp"

#include <string_view>

namespace tollgate::fuzz {
namespace {

using http::BodyKind;
using proxy::ClientConnection;

constexpr http::HeadLimits limits{.head_bytes = 64 * 1024, .fields = 256};

Response reread(http::ResponseHead const& head, FencedArena& arena, std::string_view method) {
    auto rest = http::write_response_head(arena, head);
    auto const response = take_response(rest, method);
    require(response && rest.empty(), "what is sent is one answer");
    require(response->head.status == head.status, "the status stays");
    check_answered(*response);
    return *response;
}

void check_final(http::ResponseHead head, std::string_view method, unsigned minor, http::Framing received) {
    FencedArena arena;
    auto const framing = proxy::framing_for_client(received, minor);
    require(framing.kind != BodyKind::chunked || minor == 1, "HTTP/1.0 has no codings");
    bool const ends_at_close = framing.kind == BodyKind::until_close;
    auto const connection = ends_at_close ? ClientConnection::close
                            : minor == 0  ? ClientConnection::keep_alive_http_1_0
                                          : ClientConnection::keep_alive;
    proxy::prepare_for_client(head, framing, connection, "one", arena);
    auto const response = reread(head, arena, method);
    require(response.framing.kind == framing.kind && response.framing.length == framing.length,
            "the client sees the end of the body where we see it");
    auto const persistence = http::response_persistence(response.head, response.framing);
    require((persistence == http::Persistence::close) == ends_at_close, "only what ends at close closes");
}

void check_interim(http::ResponseHead head) {
    http::remove_hop_by_hop(head.fields);
    head.fields.remove(http::FieldName::content_length);
    FencedArena arena;
    (void)reread(head, arena, "GET");
}

void check_switch(http::ResponseHead head) {
    auto const protocol = http::upgrade_wanted(head.fields);
    if (protocol.empty()) return;
    proxy::prepare_switch(head, protocol, "one");
    FencedArena arena;
    (void)reread(head, arena, "GET");
}

}  // namespace

void try_response(std::string_view input) {
    auto const request = take_line(input);
    auto const method = request.substr(0, request.find(' '));
    unsigned const minor = request.ends_with('0') ? 0 : 1;
    auto const text = input.substr(0, http::head_size(input, 0));
    http::ResponseHead head;
    auto const read = http::read_response_head(text, limits, head);
    if (!read) return require(read.error() == errc::upstream_bad_response, "a refusal says upstream_bad_response");
    auto const framing = http::response_framing(method, head);
    if (!framing) return require(framing.error() == errc::upstream_bad_response, "so does one of the framing");
    auto const codings = head.fields.count(http::FieldName::transfer_encoding);
    require(head.fields.count(http::FieldName::content_length) + codings <= 1, "two framings are refused");
    if (head.status == 101) check_switch(head);
    else if (head.status < 200) check_interim(head);
    else check_final(head, method, minor, *framing);
}

}  // namespace tollgate::fuzz
