// What the service receives, byte for byte, and what it never receives.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <regex>

namespace tollgate::forwarding_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false}\n"
    "  - {path: /generate, methods: [POST], upstream: ai}\n"
    "  - {path: /keep, upstream: ai, forward_authorization: true}\n"
    "  - {path: /v1/*, upstream: ai, strip_prefix: /v1, set_headers: {Authorization: 'Bearer backend-key', X-Model: "
    "small}}\n";

std::string masked(std::string text) {
    return std::regex_replace(text, std::regex("X-Request-Id: [0-9a-f]{32}"), "X-Request-Id: ID");
}

}  // namespace

TEST_CASE(
    "an authenticated request reaches the service with our identity, framing and forwarding fields, and without the "
    "token") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto const answer = gateway.ask("POST /generate?prompt=a%20b HTTP/1.1\r\nHost: api.example\r\n" + bearer("7") +
                                    "Accept: */*\r\nContent-Length: 2\r\n\r\nhi");
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.ends_with("\r\n\r\nfine"));
    CHECK(contains(answer, "X-Request-Id: "));
    REQUIRE(origin.received().size() == 1);
    CHECK(masked(origin.received()[0]) ==
          "POST /generate?prompt=a%20b HTTP/1.1\r\n"
          "Host: api.example\r\n"
          "Accept: */*\r\n"
          "X-Forwarded-For: 127.0.0.1\r\n"
          "X-Forwarded-Proto: http\r\n"
          "X-Forwarded-Host: api.example\r\n"
          "Forwarded: for=127.0.0.1;host=\"api.example\";proto=http\r\n"
          "Via: 1.1 tollgate\r\n"
          "X-Request-Id: ID\r\n"
          "Content-Length: 2\r\n"
          "X-User-Id: 7\r\n"
          "\r\nhi");
}

TEST_CASE("no spelling of an identity field passes from a client, on open and on protected routes") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    for (std::string const forged : {"X-User-Id: somebody\r\n", "x-user-id: somebody\r\n", "X_User_Id: somebody\r\n",
                                     "X-User_Id: somebody\r\nX-USER-EMAIL: root@x\r\n", "X.User.Id: somebody\r\n",
                                     "X!User!Id: somebody\r\n", "Connection: X-User-Id\r\nX-User-Id: somebody\r\n",
                                     "Connection: keep-alive, x-user-id\r\n", "X-User-Anything: somebody\r\n"}) {
        CAPTURE(forged);
        auto const before = origin.received().size();
        CHECK(gateway.ask("GET /open HTTP/1.1\r\nHost: a\r\n" + forged + "\r\n").starts_with("HTTP/1.1 200 "));
        CHECK(gateway.ask("POST /generate HTTP/1.1\r\nHost: a\r\n" + bearer("7") + forged + "\r\n")
                  .starts_with("HTTP/1.1 200 "));
        auto const received = origin.received();
        REQUIRE(received.size() == before + 2);
        CHECK_FALSE(contains(received[before], "somebody"));
        CHECK_FALSE(contains(received[before], "User"));
        CHECK_FALSE(contains(received[before + 1], "somebody"));
        CHECK(count_of(received[before + 1], "X-User-Id: 7\r\n") == 1);
        CHECK(count_of(received[before + 1], "ser") == 1);  // no other spelling
    }
}

TEST_CASE(
    "the client's Authorization goes on where the route is open or says so, and is replaced where the route sets its "
    "own") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto const token = bearer("7");
    CHECK(
        gateway.ask("GET /open HTTP/1.1\r\nHost: a\r\nAuthorization: Basic abc\r\n\r\n").starts_with("HTTP/1.1 200 "));
    CHECK(gateway.ask("GET /keep HTTP/1.1\r\nHost: a\r\n" + token + "\r\n").starts_with("HTTP/1.1 200 "));
    CHECK(gateway.ask("GET /v1/models HTTP/1.1\r\nHost: a\r\n" + token + "x-model: huge\r\n\r\n")
              .starts_with("HTTP/1.1 200 "));
    auto const received = origin.received();
    REQUIRE(received.size() == 3);
    CHECK(contains(received[0], "Authorization: Basic abc\r\n"));
    CHECK(contains(received[1], token));
    CHECK(contains(received[2], "Authorization: Bearer backend-key\r\n"));
    CHECK(count_of(received[2], "Authorization") == 1);
    CHECK(received[2].starts_with("GET /models HTTP/1.1\r\n"));
    CHECK(contains(received[2], "X-Model: small\r\n"));
    CHECK_FALSE(contains(received[2], "huge"));
}

TEST_CASE("what a client without a good token asks of a protected route never reaches the service") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    struct Row {
        std::string credentials;
        std::string challenge;
    };
    std::string const plain = "WWW-Authenticate: Bearer realm=\"tollgate\"";
    std::string const invalid = plain + ", error=\"invalid_token\"";
    for (auto const& [credentials, challenge] :
         {Row{"", plain}, Row{"Authorization: Basic abc\r\n", plain}, Row{"Authorization: Bearer\r\n", invalid},
          Row{"Authorization: Bearer a.b.c\r\n", invalid}}) {
        CAPTURE(credentials);
        auto const answer =
            gateway.ask("POST /generate HTTP/1.1\r\nHost: a\r\n" + credentials + "Content-Length: 2\r\n\r\nhi");
        CHECK(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
        CHECK(contains(answer, "\r\n" + challenge + "\r\n"));
        CHECK(count_of(answer, "WWW-Authenticate") == 1);
        CHECK(contains(answer, "Could not validate credentials"));
    }
    auto const doubled = gateway.ask("POST /generate HTTP/1.1\r\nHost: a\r\n" + bearer("7") + bearer("7") + "\r\n");
    CHECK(doubled.starts_with("HTTP/1.1 401 "));
    CHECK(origin.received().empty());
    CHECK(origin.connections() == 0);
}

TEST_CASE("a path that no route names is 404, a wrong method 405 with Allow, and the log says what would admit it") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway.ask("GET /other HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404 "));
    auto const wrong_method = gateway.ask("GET /generate HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(wrong_method.starts_with("HTTP/1.1 405 "));
    CHECK(contains(wrong_method, "Allow: POST\r\n"));
    auto const lines = gateway.log(2);
    REQUIRE(lines.size() == 2);
    CHECK(contains(lines[0], "{path: /other, methods: [GET], upstream: ai}"));
    CHECK(contains(lines[0], "\"reason\":\"no_route\""));
    CHECK(origin.received().empty());
}

TEST_CASE("the line that would admit a path is one that YAML reads, and there is none for `*`") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway.ask("GET /a,b:'c HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404 "));
    CHECK(gateway.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404 "));
    auto const lines = gateway.log(2);
    REQUIRE(lines.size() == 2);
    CHECK(contains(lines[0], "\"hint\":\"{path: '/a,b:''c', methods: [GET], upstream: ai}\""));
    CHECK_FALSE(contains(lines[1], "\"hint\""));
}

TEST_CASE("the log shows the path that was refused, and nothing behind it") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    for (std::string const target : {"/a/../b?token=sesame", "/a//b#sesame", "http://u:sesame@a/../b"})
        CHECK(gateway.ask("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400 "));
    auto const lines = gateway.log(3);
    REQUIRE(lines.size() == 3);
    CHECK(contains(lines[0], "\"path\":\"/a/../b\""));
    CHECK(contains(lines[1], "\"path\":\"/a//b\""));
    CHECK_FALSE(contains(lines[2], "\"path\""));
    for (auto const& line : lines) CHECK_FALSE(contains(line, "sesame"));
}

TEST_CASE("a hop's own fields stay at the hop, both ways") {
    Origin origin(
        Origin::always("HTTP/1.1 200 OK\r\nConnection: X-Internal\r\nX-Internal: 1\r\nKeep-Alive: "
                       "timeout=5\r\nContent-Length: 2\r\n\r\nok"));
    Gateway gateway(origin.port(), {.routes = routes});
    auto const answer = gateway.ask(
        "GET /open HTTP/1.1\r\nHost: a\r\nConnection: X-Trace\r\nX-Trace: 1\r\nTE: trailers\r\nUpgrade: echo\r\n"
        "Proxy-Authorization: Basic x\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK_FALSE(contains(answer, "X-Internal"));
    CHECK_FALSE(contains(answer, "Keep-Alive"));
    auto const received = origin.received();
    REQUIRE(received.size() == 1);
    for (std::string_view const gone : {"X-Trace", "TE:", "Upgrade", "Proxy-", "Connection"})
        CHECK_FALSE(contains(received[0], gone));
}

TEST_CASE("a request id that makes sense is kept, another is replaced") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(contains(gateway.ask("GET /open HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc-1.2_3\r\n\r\n"),
                   "X-Request-Id: abc-1.2_3\r\n"));
    CHECK_FALSE(contains(gateway.ask("GET /open HTTP/1.1\r\nHost: a\r\nX-Request-Id: a b\"c\r\n\r\n"), "a b\"c"));
    auto const received = origin.received();
    REQUIRE(received.size() == 2);
    CHECK(contains(received[0], "X-Request-Id: abc-1.2_3\r\n"));
    CHECK(std::regex_search(received[1], std::regex("X-Request-Id: [0-9a-f]{32}\r\n")));
}

TEST_CASE("behind a trusted proxy the client is the rightmost untrusted hop") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes, .further = "trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]\n"});
    CHECK(gateway
              .ask("GET /open HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4, 203.0.113.9, "
                   "10.1.1.1\r\nX-Forwarded-Proto: https\r\n\r\n")
              .starts_with("HTTP/1.1 200 "));
    auto const received = origin.received();
    REQUIRE(received.size() == 1);
    CHECK(contains(received[0], "X-Forwarded-For: 1.2.3.4, 203.0.113.9, 10.1.1.1, 127.0.0.1\r\n"));
    CHECK(contains(received[0], "X-Forwarded-Proto: https\r\n"));
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], "\"client\":\"203.0.113.9\""));
}

TEST_CASE("no spelling of a header that the route sets, or that the gateway itself decides, passes from a client") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway
              .ask("GET /v1/models HTTP/1.1\r\nHost: a\r\n" + bearer("7") +
                   "X_Model: huge\r\nX.Model: huge\r\nX_Request_Id: x\r\nContent_Length: 9\r\n"
                   "Content.Length: 9\r\nTransfer_Encoding: x\r\nX.Forwarded.For: 9.9.9.9\r\nX.Own: 1\r\n\r\n")
              .starts_with("HTTP/1.1 200 "));
    auto const received = origin.received();
    REQUIRE(received.size() == 1);
    CHECK_FALSE(contains(received[0], "huge"));
    CHECK(contains(received[0], "X.Own: 1\r\n"));
    for (std::string_view const disguised :
         {"X_Request_Id", "Content_Length", "Content.Length", "Transfer_Encoding", "X.Forwarded.For"})
        CHECK_FALSE(contains(received[0], disguised));
}

TEST_CASE("a host's own routes are not left by a dot at its end, and take no endpoint's requests") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = "  - {host: admin.example, path: /*, upstream: ai}\n"
                                              "  - {path: /*, upstream: ai, protected: false}\n"
                                              "  - {host: open.example, path: /*, upstream: ai, protected: false}\n"});
    for (std::string const host : {"admin.example", "admin.example.", "ADMIN.example.:80"}) {
        CAPTURE(host);
        CHECK(gateway.ask("GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n").starts_with("HTTP/1.1 401 "));
    }
    for (std::string const host : {"admin.example..", ".admin.example", "admin..example", "."}) {
        CAPTURE(host);
        CHECK(gateway.ask("GET /x HTTP/1.1\r\nHost: " + host + "\r\n\r\n").starts_with("HTTP/1.1 400 "));
    }
    CHECK(origin.received().empty());
}

}  // namespace tollgate::forwarding_test
