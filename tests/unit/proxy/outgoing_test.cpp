#include "proxy/outgoing.hpp"

#include "base/reserved_fields.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::outgoing_test {
using namespace tollgate::proxy;
using http::BodyKind;
using http::FieldName;
using namespace std::literals;

namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;  // of literals: a list holds views

http::FieldList list(Pairs const& pairs) {
    http::FieldList fields;
    for (auto const& [name, value] : pairs) fields.append(boost::beast::http::string_to_field(name), name, value);
    return fields;
}

// As lines, those that describe the hop left out: other tests have them.
std::string lines(http::FieldList const& fields) {
    std::string text;
    for (auto const& field : fields) {
        if (field.name.starts_with("X-Forwarded-") || field.name == "Forwarded" || field.name == "Via") continue;
        text.append(field.name).append(": ").append(field.value).append("\n");
    }
    return text;
}

struct Bench {
    http::Arena arena;
    settings::Route route;
    std::string_view host = "api.example";
    bool uncoded = false;
    plugin::IdentityPtr identity = [] {
        boost::intrusive_ptr<plugin::Identity> made(new plugin::Identity);
        made->user_id = "7";
        made->email = "a@example.com";
        return made;
    }();
    http::RequestHead head{.method = "GET", .target = "/"};

    Result<http::FieldList> fields(Pairs const& received, http::Framing framing = {}, std::string_view upgrade = {}) {
        head.fields = list(received);
        return fields_for_upstream({.received = head,
                                    .framing = framing,
                                    .host = host,
                                    .hop = {.peer = "192.0.2.1", .host = "api.example"},
                                    .route = route,
                                    .identity = identity.get(),
                                    .request_id = "id",
                                    .upgrade = upgrade,
                                    .uncoded = uncoded},
                                   arena);
    }
    std::string sent(Pairs const& received, http::Framing framing = {}, std::string_view upgrade = {}) {
        return lines(fields(received, framing, upgrade).value());
    }
};

constexpr std::string_view host_line = "Host: api.example\n";
constexpr std::string_view end_lines = "X-Request-Id: id\nX-User-Id: 7\n";

}  // namespace

TEST_CASE("what goes up: the client's own fields between our Host and our identity, and nothing in disguise") {
    struct Row {
        Pairs received;
        std::string own;  // what is left of it
    };
    for (auto const& row : std::vector<Row>{
             {{}, ""},
             {{{"Host", "other"}, {"Accept", "*/*"}, {"Cookie", "a=b"}}, "Accept: */*\nCookie: a=b\n"},
             {{{"Connection", "X-User-Id, X-One"}, {"X-One", "1"}, {"X-Two", "2"}}, "X-Two: 2\n"},
             {{{"X-User-Id", "1"}, {"X_User_Id", "1"}, {"X.User.Id", "1"}, {"X!User!Id", "1"}}, ""},
             {{{"Authorization", "Bearer t"}, {"X-Request-Id", "a"}, {"X.Request.Id", "a"}}, ""},
             {{{"Content-Length", "5"}, {"Content_Length", "5"}, {"Content.Length", "5"}}, ""},
             {{{"Transfer-Encoding", "chunked"}, {"Transfer|Encoding", "chunked"}}, ""},
             {{{"X_Forwarded_For", "1.1.1.1"}, {"X~Real~IP", "1.1.1.1"}, {"X.Own", "1"}, {"X_Own", "2"}},
              "X.Own: 1\nX_Own: 2\n"},
             {{{"TE", "trailers"}, {"Keep-Alive", "5"}, {"Upgrade", "websocket"}}, ""},
         }) {
        Bench bench;
        CAPTURE(row.own);
        CHECK(bench.sent(row.received) == std::string(host_line) + row.own + std::string(end_lines));
    }
}

TEST_CASE("every claim to an identity is removed, however it is written, whoever may ask for the route") {
    Pairs const received{{"x_user_id", "1"}, {"Accept", "a"},          {"X-User-Id", "2"}, {"X-User-Id", "3"},
                         {"X.User.Id", "4"}, {"X!User!Anything", "5"}, {"X-User-", "6"},   {"X-User-", "6"},
                         {"X-User", "7"},    {"X-Username", "8"},      {"User-Agent", "9"}};
    auto const own = "Accept: a\nX-User: 7\nX-Username: 8\nUser-Agent: 9\n"s;
    Bench bench;
    CHECK(bench.sent(received) == std::string(host_line) + own + std::string(end_lines));
    bench.route.access = Access::open;
    bench.identity = nullptr;
    CHECK(bench.sent(received) == std::string(host_line) + own + "X-Request-Id: id\n");
}

TEST_CASE("no name that has an id is a claim to an identity, or a reserved one in disguise") {
    for (unsigned id = 1; id <= static_cast<unsigned>(FieldName::xref); ++id) {
        auto const name = boost::beast::http::to_string(static_cast<FieldName>(id));
        CAPTURE(std::string(name));
        CHECK(is_plain_name(name));
        CHECK_FALSE(is_identity_name(name));
        CHECK_FALSE(equal_folded(name, "X-Request-Id"));
    }
}

TEST_CASE("what goes up depends on the route and on the upstream") {
    Bench bench;
    Pairs const token{{"Authorization", "Bearer t"}};
    CHECK(bench.sent(token) == std::string(host_line) + std::string(end_lines));
    bench.route.client_authorization = settings::ClientAuthorization::forwarded;
    CHECK(bench.sent(token) == std::string(host_line) + "Authorization: Bearer t\n" + std::string(end_lines));
    bench.route.client_authorization = settings::ClientAuthorization::removed;
    bench.route.access = Access::open;
    CHECK(bench.sent(token) == std::string(host_line) + "Authorization: Bearer t\n" + std::string(end_lines));

    bench.route.set_headers.push_back({"X-Key", Secret("ours"), "ours"});
    CHECK(bench.sent({{"x-key", "theirs"}, {"X_Key", "theirs"}, {"X.Key", "theirs"}}) ==
          std::string(host_line) + "X-Key: ours\n" + std::string(end_lines));
    bench.route.set_headers.clear();

    bench.host = "backend:8000";
    CHECK(bench.sent({}) == "Host: backend:8000\n" + std::string(end_lines));
}

TEST_CASE("who is told to wait gets an answer in no coding, unless the route says what the service is told") {
    Bench bench;
    bench.uncoded = true;
    std::string const host(host_line);
    std::string const end(end_lines);
    CHECK(bench.sent({{"Accept-Encoding", "gzip, br"}}) == host + "Accept-Encoding: identity\n" + end);
    CHECK(bench.sent({}) == host + "Accept-Encoding: identity\n" + end);
    bench.route.set_headers.push_back({"Accept-Encoding", Secret("gzip"), "gzip"});
    CHECK(bench.sent({{"Accept-Encoding", "br"}}) == host + "Accept-Encoding: gzip\n" + end);
}

TEST_CASE("framing and upgrade are written by us, and an identity that cannot be a value stops the request") {
    Bench bench;
    CHECK(bench.sent({}, {BodyKind::length, 5}) ==
          std::string(host_line) + "X-Request-Id: id\nContent-Length: 5\nX-User-Id: 7\n");
    CHECK(bench.sent({}, {BodyKind::chunked, 0}) ==
          std::string(host_line) + "X-Request-Id: id\nTransfer-Encoding: chunked\nX-User-Id: 7\n");
    CHECK(bench.sent({{"Connection", "Upgrade"}, {"Upgrade", "h2c"}}, {}, "websocket") ==
          std::string(host_line) + "X-Request-Id: id\nConnection: Upgrade\nUpgrade: websocket\nX-User-Id: 7\n");

    boost::intrusive_ptr<plugin::Identity> const forged(new plugin::Identity);
    forged->user_id = "1\r\nX-Admin: 1";
    bench.identity = forged;
    CHECK_FALSE(bench.fields({}));
    bench.identity = nullptr;
    CHECK(bench.sent({}) == std::string(host_line) + "X-Request-Id: id\n");
}

TEST_CASE("what goes down: hop-by-hop and framing are ours, a length that only describes is kept") {
    struct Row {
        unsigned status;
        http::Framing framing;
        ClientConnection connection;
        std::string sent;
    };
    for (auto const& row : {
             Row{200, {BodyKind::length, 5}, ClientConnection::keep_alive, "Content-Length: 5\nX-Request-Id: id\n"},
             Row{200,
                 {BodyKind::chunked, 0},
                 ClientConnection::close,
                 "Transfer-Encoding: chunked\nX-Request-Id: id\nConnection: close\n"},
             Row{200,
                 {},
                 ClientConnection::keep_alive_http_1_0,
                 "Content-Length: 9\nX-Request-Id: id\nConnection: keep-alive\n"},
             Row{304, {}, ClientConnection::keep_alive, "Content-Length: 9\nX-Request-Id: id\n"},
             Row{204, {}, ClientConnection::keep_alive, "X-Request-Id: id\n"},
         }) {
        CAPTURE(row.sent);
        http::Arena arena;
        http::ResponseHead head{.status = row.status};
        head.fields = list({{"Connection", "X-Hop"},
                            {"X-Hop", "1"},
                            {"Content-Length", "9"},
                            {"X-Request-Id", "theirs"},
                            {"Keep-Alive", "5"}});
        prepare_for_client(head, row.framing, row.connection, "id", arena);
        CHECK(lines(head.fields) == row.sent);
    }
}

TEST_CASE("a change of protocol keeps what it is, and nothing else of the hop") {
    http::ResponseHead head{.status = 101};
    head.fields = list({{"Connection", "X-Hop, Upgrade"},
                        {"X-Hop", "1"},
                        {"Upgrade", "websocket"},
                        {"Content-Length", "9"},
                        {"Sec-WebSocket-Accept", "x"}});
    prepare_switch(head, "websocket", "id");
    CHECK(lines(head.fields) == "Sec-WebSocket-Accept: x\nX-Request-Id: id\nConnection: Upgrade\nUpgrade: websocket\n");
}

TEST_CASE("a body of unknown length is chunked for 1.1 and ends with the connection for 1.0") {
    for (auto const kind : {BodyKind::chunked, BodyKind::until_close}) {
        CHECK(framing_for_client({kind, 0}, 1).kind == BodyKind::chunked);
        CHECK(framing_for_client({kind, 0}, 0).kind == BodyKind::until_close);
    }
    CHECK(framing_for_client({BodyKind::length, 5}, 0).kind == BodyKind::length);
    CHECK(framing_for_client({}, 1).kind == BodyKind::none);
}

TEST_CASE("a prefix is stripped at a segment's end, and never leaves an empty path") {
    struct Row {
        std::string_view path, prefix, sent;
    };
    for (auto const& row : {
             Row{"/v1/models", "/v1", "/models"},
             Row{"/v1", "/v1", "/"},
             Row{"/v1/", "/v1", "/"},
             Row{"/v10", "/v1", "/v10"},
             Row{"/x/v1", "/v1", "/x/v1"},
             Row{"/v1/models", "", "/v1/models"},
         }) {
        CAPTURE(row.path);
        http::Target target;
        target.path = row.path;
        target.query = "q=1";
        auto const sent = target_for_upstream(target, row.prefix);
        CHECK(sent.path == row.sent);
        CHECK(sent.query == "q=1");
    }
}

}  // namespace tollgate::outgoing_test
