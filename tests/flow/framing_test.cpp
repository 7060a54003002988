// What is not exactly one request is refused and the connection ends; the service never hears of it.
#include "support/gateway.hpp"
#include "support/origin.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <future>
#include <string>
#include <thread>

namespace tollgate::framing_test {
using namespace std::string_literals;
using namespace tollgate::testing;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: ai, protected: false, body_limit: 1KiB}\n";

struct Refusal {
    char const* what;
    std::string request;
    int status;
};

}  // namespace

TEST_CASE("an ambiguous or malformed request is answered and the connection ends, and nothing reaches the service") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    std::vector<Refusal> const refusals{
        {"both framings",
         "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"two lengths", "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"joined lengths", "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", 400},
        {"signed length", "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", 400},
        {"huge length", "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nabc", 400},
        {"coding that is not chunked",
         "POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
        {"coding in 1.0", "POST /open HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"bare LF in the head", "GET /open HTTP/1.1\nHost: a\r\n\r\n", 400},
        {"only bare LF", "GET /open HTTP/1.1\nHost: a\n\n", 400},
        {"bare CR in a value", "GET /open HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400},
        {"folded field", "GET /open HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
        {"space before the colon", "GET /open HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"NUL in a value", "GET /open HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, 400},
        {"no Host", "GET /open HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", "GET /open HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        {"absolute-form against Host", "GET http://b/open HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"dot segments", "GET /x/../open HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"encoded dot segments", "GET /x/%2e%2e/open HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"encoded slash", "GET /x%2fopen HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 400},
        {"another version", "GET /open HTTP/2.0\r\nHost: a\r\n\r\n", 400},
        {"not HTTP", "\x16\x03\x01\x02\r\n\r\n", 400},
        {"an expectation nobody knows",
         "POST /open HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\nContent-Length: 2\r\n\r\n", 417},
        {"a body over the limit", "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 1025\r\n\r\n", 413},
        {"a long target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"too many fields",
         "GET /open HTTP/1.1\r\nHost: a\r\n" +
             [] {
                 std::string fields;
                 for (int i = 0; i < 101; ++i) fields += "X-" + std::to_string(i) + ": 1\r\n";
                 return fields;
             }() +
             "\r\n",
         431},
        {"a head without end", "GET /open HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'a'), 431},
    };
    for (auto const& [what, request, status] : refusals) {
        CAPTURE(what);
        auto client = gateway.connect();
        client.send(request);
        auto const answer = client.read_to_end();
        CHECK(answer.starts_with("HTTP/1.1 " + std::to_string(status) + " "));
        CHECK(answer.find("Connection: close\r\n") != std::string::npos);
        CHECK(answer.find("application/problem+json") != std::string::npos);
        CHECK(answer.find("HTTP/1.1 ", 1) == std::string::npos);  // one answer
    }
    CHECK(origin.received().empty());
}

TEST_CASE("a chunked body that breaks its coding is cut from the service and refused") {
    for (std::string const body : {"zz\r\nabc\r\n0\r\n\r\n", "3\r\nabcX\r\n0\r\n\r\n", "-1\r\n\r\n",
                                   "3 \r\nabc\r\n0\r\n\r\n", "0\r\nX-User-Id : 1\r\n\r\n"}) {
        CAPTURE(body);
        std::promise<std::string> received;
        Origin origin([&received](Origin&, Socket& socket) { received.set_value(socket.read_to_end()); });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send("POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
        while (origin.connections() == 0) ::usleep(1'000);  // the head is on its way, with what came of the body
        client.send(body);
        CHECK(client.read_to_end().starts_with("HTTP/1.1 400 "));
        auto const text = received.get_future().get();
        CHECK(text.find("\r\n\r\n2\r\nhi\r\n") != std::string::npos);
        CHECK_FALSE(text.ends_with("0\r\n\r\n"));  // no end that looks like one
    }
}

TEST_CASE("a chunked body over the limit is 413, wherever it is noticed, and never ends at the service") {
    std::promise<std::string> received;
    Origin origin([&received](Origin&, Socket& socket) { received.set_value(socket.read_to_end()); });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + std::string(1024, 'a') +
                "\r\n");
    while (origin.connections() == 0) ::usleep(1'000);
    client.send("1\r\nb\r\n0\r\n\r\n");
    CHECK(client.read_message().starts_with("HTTP/1.1 413 "));
    auto const text = received.get_future().get();
    CHECK(text.find(std::string(1024, 'a')) != std::string::npos);
    CHECK(text.find("\r\nb\r\n") == std::string::npos);
    CHECK_FALSE(text.ends_with("0\r\n\r\n"));
}

TEST_CASE("a head that does not come is 408, an idle connection ends without a word") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes, .further = "timeouts: {head: 200ms, idle: 300ms}\n"});
    auto slow = gateway.connect();
    slow.send("GET /open HTTP/1.1\r\nHo");
    CHECK(slow.read_to_end().starts_with("HTTP/1.1 408 "));
    auto idle = gateway.connect();
    CHECK(idle.read_to_end().empty());
}

TEST_CASE("who connects and says nothing has the time of a head, not of a pause between two requests") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes, .further = "timeouts: {head: 200ms, idle: 1m}\n"});
    auto const began = std::chrono::steady_clock::now();
    CHECK(gateway.connect().read_to_end().empty());
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
}

TEST_CASE("the answer to a refused request survives a body that is still arriving") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
    for (int i = 0; i < 5; ++i) client.try_send(std::string(10'000, 'x'));
    CHECK(client.read_to_end().starts_with("HTTP/1.1 404 "));
}

TEST_CASE("pipelined requests are answered in order, each its own answer") {
    Origin origin([](Origin& from, Socket& socket) {
        for (std::string message; !(message = from.receive(socket)).empty();) {
            socket.send(ok(message.substr(0, message.find(" HTTP"))));
        }
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(
        "GET /open?1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /open?2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET "
        "/none HTTP/1.1\r\nHost: a\r\n\r\n"
        "GET /open?3 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_message().ends_with("\r\n\r\nGET /open?1"));
    CHECK(client.read_message().ends_with("\r\n\r\nPOST /open?2"));
    CHECK(client.read_message().starts_with("HTTP/1.1 404 "));
    CHECK(client.read_message().ends_with("\r\n\r\nGET /open?3"));
    CHECK(origin.connections() == 1);
}

TEST_CASE("a connection serves what comes together, in pieces, and after a pause") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    std::string const none = "GET /none HTTP/1.1\r\nHost: a\r\n\r\n";
    std::string many;
    for (int i = 0; i < 50; ++i) many += none;
    client.send(many + none.substr(0, 20));
    for (int i = 0; i < 50; ++i) REQUIRE(client.read_message().starts_with("HTTP/1.1 404 "));
    for (char const c : none.substr(20)) {
        client.send({&c, 1});
        std::this_thread::yield();
    }
    CHECK(client.read_message().starts_with("HTTP/1.1 404 "));
    client.send(none);
    CHECK(client.read_message().starts_with("HTTP/1.1 404 "));
}

TEST_CASE("a kept connection has its time for the next head, and for the rest of one that has begun") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes, .further = "timeouts: {head: 200ms, idle: 300ms}\n"});
    std::string const none = "GET /none HTTP/1.1\r\nHost: a\r\n\r\n";
    for (std::string const begun : {"", "GET /none HTTP/1.1\r\n"}) {
        CAPTURE(begun);
        auto client = gateway.connect();
        client.send(none);
        CHECK(client.read_message().starts_with("HTTP/1.1 404 "));
        client.send(none + begun);
        CHECK(client.read_message().starts_with("HTTP/1.1 404 "));
        auto const last = client.read_to_end();
        if (begun.empty()) CHECK(last.empty());
        else CHECK(last.starts_with("HTTP/1.1 408 "));
    }
}

}  // namespace tollgate::framing_test
