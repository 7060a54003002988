// How much one client may take: connections, methods that are none, bodies of requests that are refused.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

namespace tollgate::limits_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false, body_limit: 1KiB}\n"
    "  - {path: /guarded, upstream: ai, body_limit: 1MiB}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("connections over the limit are closed, and a place is free again when one ends") {
    for (std::string const limit : {"connections: 3", "connections_per_client: 3"}) {
        CAPTURE(limit);
        Origin origin(Origin::always(ok("fine")));
        Gateway gateway(origin.port(), {.routes = routes, .further = "limits: {" + limit + "}\n"});
        std::vector<Socket> clients;
        for (int i = 0; i < 3; ++i) {
            clients.push_back(gateway.connect());
            clients.back().send(get);
            CHECK(clients.back().read_message().starts_with("HTTP/1.1 200 "));
        }
        auto refused = gateway.connect();
        refused.try_send(get);
        CHECK(refused.read_to_end().empty());
        clients.front().close();
        bool served = false;
        for (int tries = 0; tries < 200 && !served; ++tries) {
            auto again = gateway.connect();
            again.try_send(get);
            served = again.read_message().starts_with("HTTP/1.1 200 ");
        }
        CHECK(served);
    }
}

TEST_CASE("a head has its time, however lively it comes") {
    Origin origin(Origin::always(ok("yes")));
    Gateway const gateway(origin.port(), {.routes = routes, .further = "timeouts: {head: 200ms}\n"});
    auto client = gateway.connect();
    client.send("GET /open HTTP/1.1\r\nHost: a\r\nX: ");
    std::jthread const drips([&client](std::stop_token const& over) {
        for (int i = 0; i < 100 && !over.stop_requested(); ++i) {
            client.try_send("x");
            ::usleep(30'000);
        }
    });
    auto const began = std::chrono::steady_clock::now();
    CHECK(client.read_head().starts_with("HTTP/1.1 408 "));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(1));
}

TEST_CASE("methods that are tokens are forwarded as they are, whatever they mean") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    for (std::string const method : {"PROPFIND", "get", "M-SEARCH", "X!#$%&'*+-.^_`|~9"}) {
        CAPTURE(method);
        CHECK(gateway.ask(method + " /open HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 200 "));
        CHECK(origin.received().back().starts_with(method + " /open HTTP/1.1\r\n"));
    }
    auto const before = origin.received().size();
    for (std::string const method : {"G ET", "GET\t", "G(T", "", "TRACE", "CONNECT"}) {
        CAPTURE(method);
        auto const answer = gateway.ask(method + " /open HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK((answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 405 ")));
    }
    CHECK(gateway.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404 "));
    CHECK(gateway.ask("GET * HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(origin.received().size() == before);
}

TEST_CASE("a refused request whose body is there costs nothing: the next one on the connection gets its own answer") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    for (std::string const framed : {"Content-Length: 41\r\n\r\nGET /open?forged HTTP/1.1\r\nHost: a\r\n\r\n123",
                                     "Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n"}) {
        CAPTURE(framed);
        auto client = gateway.connect();
        client.send("POST /guarded HTTP/1.1\r\nHost: a\r\n" + framed + get);
        CHECK(client.read_message().starts_with("HTTP/1.1 401 "));
        CHECK(client.read_message().starts_with("HTTP/1.1 200 "));
        CHECK_FALSE(contains(origin.received().back(), "forged"));
    }
    CHECK(origin.received().size() == 2);
}

TEST_CASE("a refused request whose body is still to come is answered, and then the connection ends") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    struct Row {
        std::string head;
        std::string status;
    };
    for (auto const& row : {
             Row{"POST /guarded HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n", "401"},
             Row{"POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n", "404"},
             Row{"POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n", "413"},
             Row{"POST /guarded HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7a120\r\n", "401"},
             Row{"POST /guarded HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 500000\r\n\r\n", "401"},
         }) {
        CAPTURE(row.head);
        auto client = gateway.connect();
        client.send(row.head);
        for (int i = 0; i < 10; ++i) client.try_send(std::string(1000, 'x'));
        auto const answer = client.read_to_end();
        CHECK(answer.starts_with("HTTP/1.1 " + row.status + " "));
        CHECK(contains(answer, "Connection: close\r\n"));
        CHECK(answer.ends_with("}"));
        CHECK(answer.find("HTTP/1.1 ", 1) == std::string::npos);
    }
    CHECK(origin.connections() == 0);
}

}  // namespace tollgate::limits_test
