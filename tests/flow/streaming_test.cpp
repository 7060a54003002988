// Bodies in motion: each piece goes on at once, a slow reader slows the sender, and an end is only an end when it was
// one.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <time.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace tollgate::streaming_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false, body_limit: 1GiB, timeouts: {first_byte: 300ms, gap: 300ms}}\n"
    "  - {path: /slow, upstream: ai, protected: false}\n";

constexpr char const* get_slow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE("each chunk of an answer reaches the client before the next one is made") {
    std::promise<void> go_on;
    auto wait = go_on.get_future();
    Origin origin([&wait](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nB\r\ndata: "
            "one\n\n\r\n");
        wait.wait_for(std::chrono::seconds(10));
        socket.send("B\r\ndata: two\n\n\r\n0\r\n\r\n");
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get_slow);
    CHECK(client.read_head().find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(client.read_exactly(16) == "b\r\ndata: one\n\n\r\n");  // while the origin still waits
    go_on.set_value();
    CHECK(client.read_exactly(21) == "b\r\ndata: two\n\n\r\n0\r\n\r\n");
}

TEST_CASE("an answer that ends when the connection closes is chunked for 1.1 and closed for 1.0") {
    Origin origin([](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nto the end");
        socket.close();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto const chunked = gateway.ask(get_slow);
    CHECK(chunked.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(chunked.ends_with("a\r\nto the end\r\n0\r\n\r\n"));
    auto old = gateway.connect();
    old.send("GET /slow HTTP/1.0\r\nHost: a\r\n\r\n");
    auto const closed = old.read_to_end();
    CHECK(closed.find("Transfer-Encoding") == std::string::npos);
    CHECK(closed.find("Connection: close\r\n") != std::string::npos);
    CHECK(closed.ends_with("\r\n\r\nto the end"));
}

TEST_CASE("HEAD, 204 and 304 have no body, and the length that only describes one is kept") {
    Origin origin([](Origin& from, Socket& socket) {
        for (std::string message; !(message = from.receive(socket)).empty();) {
            if (message.starts_with("HEAD")) socket.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
            else if (message.find("?204") != std::string::npos) socket.send("HTTP/1.1 204 No Content\r\n\r\n");
            else socket.send("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
        }
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("HEAD /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_head().find("Content-Length: 500\r\n") != std::string::npos);
    client.send("GET /slow?204 HTTP/1.1\r\nHost: a\r\n\r\n");
    auto const no_content = client.read_head();
    CHECK(no_content.starts_with("HTTP/1.1 204 "));
    CHECK(no_content.find("Content-Length") == std::string::npos);
    client.send("GET /slow?304 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_head().starts_with("HTTP/1.1 304 "));
}

TEST_CASE("a long body goes up and down unchanged") {
    std::string body;
    for (int i = 0; body.size() < 3'000'000; ++i) body += std::to_string(i) + ",";
    Origin origin([](Origin& from, Socket& socket) {
        auto const message = from.receive(socket);
        socket.send(ok(message.substr(message.find("\r\n\r\n") + 4)));
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    auto const sender = std::async(std::launch::async, [&] {
        client.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                    body);
    });
    auto const answer = client.read_message();
    CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == body);
}

TEST_CASE("a chunked upload is sent on in chunks, piece by piece") {
    std::promise<std::string> first;
    Origin origin([&first](Origin&, Socket& socket) {
        socket.read_head();
        first.set_value(socket.read_exactly(10));
        socket.read_until("0\r\n\r\n");
        socket.send(ok("thanks"));
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n");
    CHECK(first.get_future().get() == "5\r\nhello\r\n");  // before the rest was sent
    client.send("6\r\n world\r\n0\r\nX-Trailer: dropped\r\n\r\n");
    CHECK(client.read_message().ends_with("\r\n\r\nthanks"));
}

TEST_CASE("100-continue is the service's to give") {
    Origin origin([](Origin&, Socket& socket) {
        CHECK(socket.read_head().find("Expect: 100-continue\r\n") != std::string::npos);
        socket.send("HTTP/1.1 100 Continue\r\n\r\n");
        CHECK(socket.read_exactly(2) == "hi");
        socket.send(ok("got it"));
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("POST /slow HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hi");
    CHECK(client.read_message().ends_with("\r\n\r\ngot it"));
}

TEST_CASE("an answer that comes before the upload has ended is delivered, and the connection ends") {
    Origin origin([](Origin&, Socket& socket) {
        socket.read_head();
        socket.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
        socket.read_to_end();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
    auto const answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 413 Too Large\r\n"));
    CHECK(answer.ends_with("\r\n\r\nbig"));
}

TEST_CASE("a client that goes away ends the request at the service, before an answer and within one") {
    for (bool const answered : {false, true}) {
        CAPTURE(answered);
        std::promise<bool> ended;
        std::promise<void> arrived;
        Origin origin([&](Origin& from, Socket& socket) {
            from.receive(socket);
            if (answered) socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
            arrived.set_value();
            ended.set_value(socket.ends());
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send(get_slow);
        arrived.get_future().wait();
        if (answered) client.read_until("a\r\n");
        client.close();
        CHECK(ended.get_future().get());
        auto const lines = gateway.log(1);
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].find("\"ending\":\"client_gone\"") != std::string::npos);
        CHECK(lines[0].find("\"reason\":\"client_gone\"") != std::string::npos);
        CHECK(lines[0].find(answered ? "\"status\":200" : "\"status\":499") != std::string::npos);
    }
}

TEST_CASE("a service that breaks off in the middle never looks like an end") {
    for (std::string const begun : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
        CAPTURE(begun);
        Origin origin([&begun](Origin& from, Socket& socket) {
            from.receive(socket);
            socket.send(begun);
            socket.close();
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send(get_slow);
        auto const answer = client.read_to_end();
        CHECK(answer.find("half") != std::string::npos);
        CHECK(answer.find("0\r\n\r\n") == std::string::npos);
        auto const lines = gateway.log(1);
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].find("\"ending\":\"upstream_failed\"") != std::string::npos);
        CHECK(lines[0].find("\"reason\":\"upstream_failed\"") != std::string::npos);
    }
}

TEST_CASE("a slow reader slows the sender instead of filling memory") {
    std::atomic<std::size_t> sent{0};
    Origin origin([&sent](Origin& from, Socket& socket) {
        from.receive(socket);
        constexpr std::size_t total = 64UL * 1024 * 1024;
        socket.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(total) + "\r\n\r\n");
        std::string const block(64 * 1024, 'x');
        while (sent < total && socket.try_send(block)) sent += block.size();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get_slow);
    client.read_head();
    // What the sockets in between can hold is far less than the whole; once nothing moves any more the origin is held
    // back.
    std::size_t before = 0;
    do {
        before = sent;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    } while (sent != before);
    CHECK(sent < 32UL * 1024 * 1024);
    CHECK(client.read_exactly(64UL * 1024 * 1024).size() == 64UL * 1024 * 1024);
}

TEST_CASE("a client that leaves while the service takes no more of its upload ends the request at the service") {
    std::promise<void> left;
    std::promise<void> ended;
    Origin origin([&](Origin&, Socket& socket) {
        socket.read_head();
        left.get_future().wait();
        socket.read_to_end();
        ended.set_value();
    });
    Gateway gateway(origin.port(), {.routes = "  - {path: /up, upstream: ai, protected: false, body_limit: 1GiB}\n"});
    auto client = gateway.connect();
    client.send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    client.fill(std::string(64 * 1024UL, 'x'));
    client.reset();
    auto const lines = gateway.log(1);  // the service has read nothing, and has not ended
    left.set_value();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("\"status\":499") != std::string::npos);
    CHECK(lines[0].find("\"reason\":\"client_gone\"") != std::string::npos);
    ended.get_future().get();
}

TEST_CASE("a service that takes no more of an upload is given up after the gap, though it has said to go on") {
    for (std::string const word : {"", "HTTP/1.1 100 Continue\r\n\r\n"}) {
        CAPTURE(word);
        std::promise<void> answered;
        Origin origin([&](Origin&, Socket& socket) {
            socket.read_head();
            socket.send(word);
            answered.get_future().wait_for(std::chrono::seconds(10));
        });
        Gateway gateway(origin.port(), {.routes = "  - {path: /up, upstream: ai, protected: false, body_limit: 1GiB, "
                                                  "timeouts: {first_byte: 1m, gap: 300ms}}\n"});
        auto client = gateway.connect();
        auto const began = std::chrono::steady_clock::now();
        auto const sending = std::async(std::launch::async, [&client] {
            client.try_send("POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n" +
                            std::string(32 * 1024 * 1024UL, 'x'));
        });
        if (!word.empty()) CHECK(client.read_head() == word);
        auto const answer = client.read_message();
        CHECK(answer.starts_with("HTTP/1.1 504 "));
        CHECK(contains(answer, "\"reason\":\"upstream_timeout\""));
        CHECK(contains(answer, "\r\nConnection: close\r\n"));
        auto const took = std::chrono::steady_clock::now() - began;
        CHECK(took >= std::chrono::milliseconds(300));
        CHECK(took < std::chrono::seconds(8));
        client.shut_down();
        answered.set_value();
    }
}

TEST_CASE("trailers are dropped, but for those that the route lists, either way") {
    Origin origin([](Origin& from, Socket& socket) {
        while (!from.receive(socket).empty()) {
            socket.send(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Server-Timing\r\n\r\n4\r\nfine\r\n0\r\n"
                "X-User-Id: 1\r\nserver-timing:  db;dur=1 \r\nContent-Length: 9\r\n\r\n");
        }
    });
    Gateway gateway(origin.port(),
                    {.routes = "  - {path: /kept, upstream: ai, protected: false, trailers: [Server-Timing, X-Sum]}\n"
                               "  - {path: /slow, upstream: ai, protected: false}\n"});
    auto const upload = [](std::string const& path) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n";
    };
    std::string const trailers = "X-Sum: 7\r\nX-User-Id: 99\r\nAuthorization: Bearer x\r\n\r\n";
    auto client = gateway.connect();
    client.send(upload("/kept") + trailers);  // all at once
    CHECK(client.read_message().ends_with("\r\n\r\n4\r\nfine\r\n0\r\nserver-timing: db;dur=1\r\n\r\n"));
    client.send(upload("/kept"));
    client.send(trailers);
    CHECK(client.read_message().ends_with("\r\n\r\n4\r\nfine\r\n0\r\nserver-timing: db;dur=1\r\n\r\n"));
    client.send(upload("/slow") + trailers);
    CHECK(client.read_message().ends_with("\r\n\r\n4\r\nfine\r\n0\r\n\r\n"));
    auto const received = origin.received();
    REQUIRE(received.size() == 3);
    CHECK(received[0].ends_with("\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n"));
    CHECK(received[1].ends_with("0\r\nX-Sum: 7\r\n\r\n"));
    CHECK(received[2].ends_with("\r\n\r\n2\r\nhi\r\n0\r\n\r\n"));
}

TEST_CASE("a client that resets is noticed although bytes of it wait to be read, and costs nothing meanwhile") {
    std::promise<bool> ended;
    std::promise<void> arrived;
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        arrived.set_value();
        ended.set_value(socket.ends());
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get_slow);
    arrived.get_future().wait();
    client.send("GET /slow HT");  // the beginning of a next request
    auto const used = [] {
        timespec time{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    auto const before = used();
    std::this_thread::sleep_for(std::chrono::milliseconds(400));  // what spins would use it up
    CHECK(used() - before < std::chrono::milliseconds(200));
    client.reset();
    CHECK(ended.get_future().get());
    CHECK(used() - before < std::chrono::milliseconds(300));
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("\"status\":499") != std::string::npos);
}

}  // namespace tollgate::streaming_test
