// A service that is down, slow or speaks nonsense, and connections that are used again.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>

namespace tollgate::upstream_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false, timeouts: {first_byte: 200ms, gap: 200ms}}\n"
    "  - {path: /total, upstream: ai, protected: false, timeouts: {total: 300ms}}\n"
    "  - {path: /openai, upstream: ai, protected: false, errors: openai}\n";

constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char const* post = "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

std::uint16_t port_without_listener() {
    Origin gone(Origin::always(""));
    return gone.port();
}

// A port on which nobody accepts: its queue is full, so that a further connection is never made.
class SilentPort {
public:
    SilentPort() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listening_, any, size) == 0);
        REQUIRE(::listen(listening_, 0) == 0);
        REQUIRE(::getsockname(listening_, any, &size) == 0);
        port = ntohs(address.sin_port);
        for (int& filler : fillers_) {
            filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            ::connect(filler, any, size);
        }
    }
    SilentPort(SilentPort const&) = delete;
    SilentPort& operator=(SilentPort const&) = delete;
    ~SilentPort() {
        for (int const filler : fillers_) ::close(filler);
        ::close(listening_);
    }
    std::uint16_t port = 0;

private:
    int listening_;
    std::array<int, 4> fillers_{};
};

}  // namespace

TEST_CASE("a service that is down is 502 with a reason, in the style of the route, and the connection lives on") {
    Gateway gateway(port_without_listener(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get);
    auto const problem = client.read_message();
    CHECK(problem.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    CHECK(problem.find("\"reason\":\"upstream_refused\"") != std::string::npos);
    CHECK(problem.find("127.0.0.1") == std::string::npos);
    client.send("GET /openai HTTP/1.1\r\nHost: a\r\n\r\n");
    auto const openai = client.read_message();
    CHECK(openai.starts_with("HTTP/1.1 502 "));
    CHECK(openai.find("\"code\":\"upstream_refused\"") != std::string::npos);
    CHECK(openai.find("\"param\":null") != std::string::npos);
}

TEST_CASE("an answer that cannot be understood is 502, and its connection is not used again") {
    for (std::string const nonsense :
         {"", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 200 OK\r\nX : 1\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 99 Low\r\n\r\n", "HTTP/1.1 200 OK\nX: 1\n\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
        CAPTURE(nonsense);
        Origin origin([&nonsense](Origin& from, Socket& socket) {
            from.receive(socket);
            socket.send(nonsense);
            socket.finish_sending();
            socket.read_to_end();
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto const answer = gateway.ask(get);
        CHECK(answer.starts_with("HTTP/1.1 502 "));
        CHECK(gateway.ask(get).starts_with("HTTP/1.1 502 "));
        CHECK(origin.connections() == 2);
    }
}

TEST_CASE("a flood of informational answers ends in 502") {
    Origin origin([](Origin& from, Socket& socket) {
        from.receive(socket);
        while (socket.try_send("HTTP/1.1 103 Early Hints\r\n\r\n")) {
        }
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get);
    std::string head;
    for (int i = 0; i < 40 && !head.starts_with("HTTP/1.1 502 "); ++i) head = client.read_head();
    CHECK(head.starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a service that is silent is 504 with the key to raise, one that stops in the middle is cut") {
    Origin origin([](Origin& from, Socket& socket) {
        auto const message = from.receive(socket);
        if (message.find("?begin") != std::string::npos)
            socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        socket.read_to_end();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto const answer = gateway.ask(get);
    CHECK(answer.starts_with("HTTP/1.1 504 "));
    CHECK(contains(answer, "`timeouts.first_byte` of the route"));
    auto client = gateway.connect();
    client.send("GET /open?begin HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_to_end().ends_with("\r\n\r\nhalf"));
    auto const lines = gateway.log(2);
    REQUIRE(lines.size() == 2);
    for (auto const& line : lines) {
        CHECK(contains(line, "\"reason\":\"upstream_timeout\""));
        CHECK(contains(line, "\"ending\":\"timed_out\""));
    }
}

TEST_CASE("the total time of a route ends an exchange before its answer and in the middle of it") {
    Origin origin([](Origin& from, Socket& socket) {
        if (from.receive(socket).find("?begin") == std::string::npos) {
            socket.read_to_end();
            return;
        }
        socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (socket.try_send("1\r\na\r\n")) ::usleep(20'000);  // never silent for long
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto const late = gateway.ask("GET /total HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(late.starts_with("HTTP/1.1 504 "));
    CHECK(contains(late, "`timeouts.total` of the route"));
    auto client = gateway.connect();
    client.send("GET /total?begin HTTP/1.1\r\nHost: a\r\n\r\n");
    auto const answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK_FALSE(answer.ends_with("0\r\n\r\n"));
    auto const lines = gateway.log(2);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].find("\"ending\":\"timed_out\"") != std::string::npos);
    CHECK(lines[1].find("\"ending\":\"timed_out\"") != std::string::npos);
}

TEST_CASE("one connection to the service serves many requests, of many clients") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    for (int i = 0; i < 20; ++i) CHECK(gateway.ask(get).starts_with("HTTP/1.1 200 "));
    CHECK(origin.received().size() == 20);
    CHECK(origin.connections() == 1);
}

TEST_CASE("bytes after an answer cost the connection, and never reach a client") {
    Origin origin([](Origin& from, Socket& socket) {
        while (!from.receive(socket).empty())
            socket.send(ok("fine") + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    for (int i = 0; i < 3; ++i) {
        client.send(get);
        CHECK(client.read_message().ends_with("\r\n\r\nfine"));
    }
    CHECK(origin.connections() == 3);
}

TEST_CASE("a request on a connection that the service had closed is sent again when that is safe, a POST never") {
    std::atomic<int> number{0};
    Origin origin([&number](Origin& from, Socket& socket) {
        bool const first = number++ == 0;
        from.receive(socket);
        socket.send(ok("fine"));
        if (first) {
            socket.read_head();  // the second request on it is read, and then the connection breaks
            socket.reset();
            return;
        }
        while (!from.receive(socket).empty()) socket.send(ok("fine"));
    });
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway.ask(get).starts_with("HTTP/1.1 200 "));
    CHECK(gateway.ask(get).starts_with("HTTP/1.1 200 "));
    CHECK(origin.connections() == 2);
    number = 0;
    Gateway other(origin.port(), {.routes = routes});
    CHECK(other.ask(post).starts_with("HTTP/1.1 200 "));
    auto const broken = other.ask(post);
    CHECK(broken.starts_with("HTTP/1.1 502 "));
    CHECK(broken.find("\"reason\":\"upstream_failed\"") != std::string::npos);
}

TEST_CASE("the total time of a route, and a client that leaves, end the wait for a connection") {
    SilentPort const silent;
    Gateway gateway(silent.port, {.routes = routes});
    auto const began = std::chrono::steady_clock::now();
    auto const answer = gateway.ask("GET /total HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 504 "));
    CHECK(contains(answer, "timeouts.total"));
    auto leaving = gateway.connect();
    leaving.send(get);
    leaving.close();
    auto const lines = gateway.log(2);
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(3));  // connecting may take 5 s
    REQUIRE(lines.size() == 2);
    CHECK(contains(lines[0], "\"reason\":\"upstream_timeout\""));
    CHECK(contains(lines[1], "\"status\":499"));
    CHECK(contains(lines[1], "\"reason\":\"client_gone\""));
}

TEST_CASE("a 504 names the time that was over: for a connection, and for more of the request to be taken") {
    SilentPort const silent;
    Gateway unreached(silent.port,
                      {.routes = "  - {path: /open, upstream: ai, protected: false, timeouts: {connect: 200ms}}\n"});
    CHECK(contains(unreached.ask(get), "`timeouts.connect` of the route"));
    std::promise<void> answered;
    Origin origin([&answered](Origin&, Socket& socket) {
        (void)socket.read_head();
        answered.get_future().wait_for(std::chrono::seconds(10));  // takes nothing more
    });
    Gateway gateway(origin.port(), {.routes = "  - {path: /open, upstream: ai, protected: false, body_limit: 64MiB, "
                                              "timeouts: {first_byte: 1m, gap: 200ms}}\n"});
    auto client = gateway.connect();
    auto sending = std::async(std::launch::async, [&client] {
        client.try_send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 33554432\r\n\r\n" +
                        std::string(33554432, 'x'));
    });
    CHECK(contains(client.read_message(), "`timeouts.gap` of the route"));
    answered.set_value();
    client.shut_down();
    sending.get();
}

TEST_CASE("a connection on which half of a request was sent is not used again") {
    std::atomic<int> number{0};
    Origin origin([&number](Origin& from, Socket& socket) {
        if (number++ > 0) {
            while (!from.receive(socket).empty()) socket.send(ok("second"));
            return;
        }
        socket.read_head();
        socket.send("HTTP/1.1 200 OK\r\n");
        ::usleep(600'000);  // longer than the gap: the gateway gives up sending, but not an answer that has begun
        socket.send("Content-Length: 5\r\n\r\nfirst");
        socket.read_to_end();
    });
    Gateway gateway(origin.port(), {.routes = "  - {path: /open, upstream: ai, protected: false, body_limit: 64MiB, "
                                              "timeouts: {first_byte: 5s, gap: 200ms}}\n"});
    auto client = gateway.connect();
    auto sending = std::async(std::launch::async, [&client] {
        client.try_send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 33554432\r\n\r\n" +
                        std::string(33554432, 'x'));
    });
    auto const first = client.read_head();
    CHECK(first.starts_with("HTTP/1.1 200 "));
    CHECK(contains(first, "Connection: close\r\n"));
    CHECK(gateway.ask(get).ends_with("\r\n\r\nsecond"));
    CHECK(origin.connections() == 2);
    client.shut_down();
    sending.get();
}

}  // namespace tollgate::upstream_test
