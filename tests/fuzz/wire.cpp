#include "fuzz/wire.hpp"

#include "base/characters.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/path.hpp"
#include "http/chunked.hpp"
#include "http/field_line.hpp"

#include <algorithm>

namespace tollgate::fuzz {
namespace {

using http::BodyKind;
using http::FieldList;
using http::FieldName;

// What the gateway adds may take a head over its own limits.
constexpr http::HeadLimits wide{.head_bytes = 1 << 20, .fields = 4096, .target_bytes = 1 << 20};

// Byte by byte, so that no data is lost when the coding breaks.
Body take_chunked(std::string_view& stream) {
    http::ChunkedReader reader;
    Body body;
    while (!stream.empty() && !reader.done()) {
        char byte = stream.front();
        stream.remove_prefix(1);
        auto const step = reader.read({&byte, 1});
        body.broken = !step;
        if (body.broken) return body;
        body.data.append(&byte, step->data);
    }
    body.whole = reader.done();
    if (body.whole) body.trailers = reader.trailers();
    return body;
}

Body take_body(std::string_view& stream, http::Framing framing) {
    if (framing.kind == BodyKind::none) return {.whole = true};
    if (framing.kind == BodyKind::chunked) return take_chunked(stream);
    bool const has_length = framing.kind == BodyKind::length;
    auto const data = has_length ? stream.substr(0, framing.length) : stream;
    stream.remove_prefix(data.size());
    return {.data = std::string(data), .whole = has_length && data.size() == framing.length};
}

template <class Head, class ReadHead, class ReadFraming>
Result<Message<Head>> take(std::string_view& stream, ReadHead read_head, ReadFraming read_framing) {
    Message<Head> message;
    auto const size = http::head_size(stream, 0);
    if (size == 0) return failure(errc::end_of_stream);
    message.bytes = stream.substr(0, size);
    if (auto const read = read_head(message.bytes, wide, message.head); !read) return std::unexpected(read.error());
    auto const framing = read_framing(message.head);
    if (!framing) return std::unexpected(framing.error());
    stream.remove_prefix(size);
    message.framing = *framing;
    message.body = take_body(stream, *framing);
    return message;
}

std::size_t count(FieldList const& fields, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count_if(
        fields, [name](auto const& field) { return http::equal_ignoring_case(field.name, name); }));
}

// As a service sees it that reads fields from CGI variables, where all that is neither letter nor digit may be one.
bool claims_identity(std::string_view name) {
    std::string folded(name.substr(0, 7));
    std::ranges::transform(folded, folded.begin(),
                           [](char c) { return is_letter(c) || is_digit(c) ? static_cast<char>(c | 0x20) : '-'; });
    return folded == "x-user-";
}

void check_body(Body const& body) {
    require(!body.broken, "a body can be read");
    std::string_view rest = body.trailers;
    while (auto const line = http::take_field_line(rest))
        require(http::equal_ignoring_case(line->name, listed_trailer), "no trailer passes but one that a route lists");
}

void check_hop(FieldList const& fields, std::string_view connection) {
    for (auto const* const name : {"Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Proxy-Authenticate",
                                   "Proxy-Authorization", "Proxy-Authentication-Info", "HTTP2-Settings"})
        require(count(fields, name) == 0, "what ends at a hop is not passed on");
    auto const named = fields.find(FieldName::connection);
    require(count(fields, "Connection") <= 1 && named.value_or(connection) == connection, "Connection is ours");
    bool const switches = connection == "Upgrade" && named;
    require(count(fields, "Upgrade") == (switches ? 1 : 0), "Upgrade goes with Connection");
}

}  // namespace

Result<Request> take_request(std::string_view& stream) {
    return take<http::RequestHead>(stream, http::read_request_head, http::request_framing);
}

Result<Response> take_response(std::string_view& stream, std::string_view method) {
    return take<http::ResponseHead>(stream, http::read_response_head, [method](http::ResponseHead const& head) {
        return http::response_framing(method, head);
    });
}

void check_sent(Request const& request, std::string_view user_id) {
    auto const& fields = request.head.fields;
    check_body(request.body);
    require(request.head.minor == 1 && count(fields, "Host") == 1, "a service gets HTTP/1.1 with one Host");
    require(count(fields, "Content-Length") + count(fields, "Transfer-Encoding") <= 1, "one framing, or none");
    std::size_t identities = 0;
    for (auto const& field : fields) {
        if (!claims_identity(field.name)) continue;
        require(field.name == "X-User-Id" && field.value == user_id, "the only identity is the one that we proved");
        ++identities;
    }
    require(identities == (user_id.empty() ? 0 : 1), "the identity is told once, if there is one");
    check_hop(fields, "Upgrade");
    for (auto const* const name : {"X-Request-Id", "X-Forwarded-For", "Forwarded", "Via"})
        require(count(fields, name) == 1, "what we say of a request is said once");
    auto const asks_the_server = request.head.method == "OPTIONS" && request.head.target == "*";
    if (!asks_the_server) check_path(request.head.target.substr(0, request.head.target.find('?')));
}

void check_answered(Response const& response) {
    auto const& fields = response.head.fields;
    check_body(response.body);
    require(count(fields, "Content-Length") + count(fields, "Transfer-Encoding") <= 1, "one framing, or none");
    bool const is_interim = response.head.status < 200;
    auto const connection = fields.find(FieldName::connection).value_or("");
    bool const says_its_end = connection == "close" || connection == "keep-alive";
    check_hop(fields, response.head.status == 101 ? "Upgrade" : says_its_end ? connection : "close");
    if (is_interim || response.head.status == 204)
        require(!response.framing.has_body() && count(fields, "Content-Length") == 0, "no body, and none announced");
    if (!is_interim) require(count(fields, "X-Request-Id") == 1, "an answer names its request");
}

}  // namespace tollgate::fuzz
