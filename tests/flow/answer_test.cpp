// What a service answers: what is passed on, what is 502, and that its connection is used again only when nothing was
// in doubt.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::answer_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false, timeouts: {first_byte: 2s, gap: 2s}}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("a body where none may be never reaches the client, and costs the connection") {
    struct Row {
        std::string method;
        std::string answer;
        std::string status;
    };
    for (auto const& row : {
             Row{"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\nforged", "204"},
             Row{"GET", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", "204"},
             Row{"GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nforged\r\n0\r\n\r\n", "204"},
             Row{"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\nforged", "304"},
             Row{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", "200"},
         }) {
        CAPTURE(row.answer);
        Origin origin([&row](Origin& from, Socket& socket) {
            while (!from.receive(socket).empty()) socket.send(row.answer);
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        for (int i = 0; i < 2; ++i) {
            client.send(row.method + " /open HTTP/1.1\r\nHost: a\r\n\r\n");
            CHECK(client.read_head().starts_with("HTTP/1.1 " + row.status + " "));
        }
        client.finish_sending();
        CHECK(client.read_to_end().empty());
        CHECK(origin.connections() == 2);
    }
}

TEST_CASE("a head that is too large, or too long in coming, is 502 or 504") {
    std::string many;
    for (int i = 0; i < 300; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    for (auto const& field : {"X: " + std::string(1024 * 1024, 'a') + "\r\n", many}) {
        Origin origin([&field](Origin& from, Socket& socket) {
            from.receive(socket);
            socket.try_send("HTTP/1.1 200 OK\r\n" + field + "Content-Length: 0\r\n\r\n");
            socket.read_to_end();
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto const answer = gateway.ask(get);
        CHECK(answer.starts_with("HTTP/1.1 502 "));
        CHECK(contains(answer, "\"reason\":\"upstream_bad_response\""));
    }
    Origin dripping([](Origin& from, Socket& socket) {
        from.receive(socket);
        std::string const head = "HTTP/1.1 200 OK\r\nX-Slow: " + std::string(1000, 'a');
        for (char const c : head) {
            if (!socket.try_send({&c, 1})) return;
            ::usleep(20'000);
        }
    });
    Gateway gateway(dripping.port(), {.routes = "  - {path: /open, upstream: ai, protected: false, timeouts: "
                                                "{first_byte: 300ms}}\n"});
    auto const began = std::chrono::steady_clock::now();
    CHECK(gateway.ask(get).starts_with("HTTP/1.1 504 "));
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(3));
}

TEST_CASE(
    "a chunked answer that breaks its coding is 502 while nothing has gone, and cut later; the service is blamed") {
    for (std::string const body :
         {"5\r\nhello\n0\r\n\r\n", "z\r\n", "5 \r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
          "5\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nX : 1\r\n\r\n"}) {
        for (bool const begun : {false, true}) {
            CAPTURE(body);
            CAPTURE(begun);
            std::promise<void> arrived;
            Origin origin([&](Origin& from, Socket& socket) {
                from.receive(socket);
                std::string const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                if (begun) {
                    socket.send(head + "3\r\nyes\r\n");
                    arrived.get_future().wait();
                    socket.send(body);
                } else {
                    socket.send(head + body);
                }
                socket.read_to_end();
            });
            Gateway gateway(origin.port(), {.routes = routes});
            auto client = gateway.connect();
            client.send(get);
            if (begun) {
                CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
                CHECK(client.read_exactly(8) == "3\r\nyes\r\n");
                arrived.set_value();
                CHECK_FALSE(contains(client.read_to_end(), "0\r\n\r\n"));
            } else {
                auto const answer = client.read_message();
                CHECK(answer.starts_with("HTTP/1.1 502 "));
                CHECK(contains(answer, "\"reason\":\"upstream_bad_response\""));
            }
            auto const lines = gateway.log(1);
            REQUIRE(lines.size() == 1);
            CHECK(contains(lines[0], begun ? "\"status\":200" : "\"status\":502"));
            CHECK(contains(lines[0], "\"reason\":\"upstream_bad_response\""));
            CHECK(contains(lines[0], "\"ending\":\"upstream_failed\""));
        }
    }
}

TEST_CASE("a client that takes nothing is logged as one that stalled, in an answer and before one") {
    std::string const much(60'000, 'x');
    for (bool const informational : {false, true}) {
        CAPTURE(informational);
        Origin origin([&](Origin& from, Socket& socket) {
            while (!from.receive(socket).empty()) {
                std::string const hint = "HTTP/1.1 103 Early Hints\r\nLink: " + much + "\r\n\r\n";
                for (int i = 0; informational && i < 15; ++i) socket.send(hint);
                socket.send("HTTP/1.1 200 OK\r\nContent-Length: " +
                            std::to_string(informational ? 0 : 16 * 1024 * 1024) + "\r\n\r\n");
                for (int i = 0; !informational && i < 256; ++i) socket.send(std::string(64 * 1024UL, 'x'));
            }
        });
        Gateway gateway(origin.port(), {.routes = routes, .further = "timeouts: {stall: 300ms}\n"});
        auto client = gateway.connect();
        for (int i = 0; i < 16; ++i) client.send(get);
        std::vector<std::string> lines;
        for (std::size_t count = 1; count <= 16; ++count) {
            lines = gateway.log(count);
            if (lines.empty() || contains(lines.back(), "client_stalled")) break;
        }
        REQUIRE_FALSE(lines.empty());
        CHECK(contains(lines.back(), informational ? "\"status\":499" : "\"status\":200"));
        CHECK(contains(lines.back(), "\"reason\":\"client_stalled\""));
        CHECK(contains(lines.back(), "\"ending\":\"timed_out\""));
    }
}

TEST_CASE("informational answers pass to a client of HTTP/1.1 as they come, and not to one of 1.0") {
    Origin origin([](Origin& from, Socket& socket) {
        while (!from.receive(socket).empty()) {
            socket.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n");
            socket.send("HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\n" + ok("fine"));
        }
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    for (int i = 0; i < 2; ++i) {
        client.send(get);
        CHECK(client.read_head() == "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
        CHECK(client.read_head() == "HTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\n");
        CHECK(client.read_message().ends_with("\r\n\r\nfine"));
    }
    CHECK(origin.connections() == 1);
    CHECK(gateway.ask("GET /open HTTP/1.0\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("an answer before the request has ended costs both connections, and the rest of the upload goes nowhere") {
    Origin origin([](Origin& from, Socket& socket) {
        auto const head = socket.read_head();
        if (contains(head, "Content-Length: 1000")) {
            socket.send(ok("early"));
            socket.read_to_end();
            return;
        }
        do socket.send(ok("later"));
        while (!from.receive(socket).empty());
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome");
    CHECK(client.read_message().ends_with("\r\n\r\nearly"));
    client.try_send("GET /open?smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_to_end().empty());
    CHECK(gateway.ask(get).ends_with("\r\n\r\nlater"));
    CHECK(origin.connections() == 2);
}

TEST_CASE("an answer instead of a 100 says that the connection ends, one behind it that it goes on") {
    for (bool const continues : {false, true}) {
        CAPTURE(continues);
        Origin origin([continues](Origin&, Socket& socket) {
            (void)socket.read_head();
            if (continues) socket.send("HTTP/1.1 100 Continue\r\n\r\n");
            socket.send(ok("early"));
            socket.read_to_end();
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send("POST /open HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        if (continues) CHECK(client.read_head().starts_with("HTTP/1.1 100 "));
        auto const head = client.read_head();
        CHECK(head.starts_with("HTTP/1.1 200 "));
        CHECK(contains(head, "\r\nConnection: close\r\n") == !continues);
    }
}

TEST_CASE("an idle connection on which the service says something unasked is not used") {
    std::promise<void> spoken;
    Origin origin([&spoken, first = true](Origin& from, Socket& socket) mutable {
        while (!from.receive(socket).empty()) {
            socket.send(ok("fine"));
            if (!std::exchange(first, false)) continue;
            ::usleep(50'000);  // the connection is idle by now
            socket.send(ok("forged"));
            spoken.set_value();
        }
    });
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway.ask(get).ends_with("\r\n\r\nfine"));
    spoken.get_future().wait();
    for (int i = 0; i < 3; ++i) CHECK(gateway.ask(get).ends_with("\r\n\r\nfine"));
    CHECK(origin.connections() == 2);
}

TEST_CASE("a service of HTTP/1.0 ends its answers by closing, or keeps the connection when it says so") {
    for (bool const keeps : {false, true}) {
        CAPTURE(keeps);
        Origin origin([keeps](Origin& from, Socket& socket) {
            while (!from.receive(socket).empty()) {
                if (keeps) {
                    socket.send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nfine");
                } else {
                    socket.send("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nfine");
                }
            }
        });
        Gateway gateway(origin.port(), {.routes = routes});
        for (int i = 0; i < 2; ++i) CHECK(gateway.ask(get).ends_with("\r\n\r\nfine"));
        CHECK(origin.connections() == (keeps ? 1 : 2));
    }
}

TEST_CASE("a body that follows a HEAD late is nobody's answer") {
    Origin origin([](Origin& from, Socket& socket) {
        for (std::string message; !(message = from.receive(socket)).empty();) {
            bool const head = message.starts_with("HEAD");
            socket.send(head ? "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" : ok("fine"));
            if (!head) continue;
            ::usleep(20'000);
            socket.try_send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");
        }
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(std::string("HEAD /open HTTP/1.1\r\nHost: a\r\n\r\n") + get);
    CHECK(client.read_head().find("Content-Length: 40\r\n") != std::string::npos);
    CHECK(client.read_message().ends_with("\r\n\r\nfine"));
    CHECK(origin.connections() == 2);
}

TEST_CASE("a service that fails while the body is still coming is 502 or 504, and the client hears of it") {
    struct Row {
        bool closes;
        std::string status;
    };
    for (auto const& row : {Row{true, "502"}, Row{false, "504"}}) {
        CAPTURE(row.status);
        Origin origin([&row](Origin&, Socket& socket) {
            socket.read_head();
            if (row.closes) socket.close();
            else socket.read_to_end();
        });
        Gateway gateway(origin.port(),
                        {.routes = "  - {path: /open, upstream: ai, protected: false, timeouts: {total: 400ms}}\n"});
        auto client = gateway.connect();
        client.send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome");
        auto const answer = client.read_to_end();
        CHECK(answer.starts_with("HTTP/1.1 " + row.status + " "));
        auto const lines = gateway.log(1);
        REQUIRE(lines.size() == 1);
        CHECK(contains(lines[0], "\"status\":" + row.status));
    }
}

}  // namespace tollgate::answer_test
