// Which failures count against a server, and which a client has brought about.
#include "support/gateway.hpp"
#include "support/origin.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace tollgate::blame_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: many, protected: false}\n"
    "  - {path: /short, upstream: many, protected: false, timeouts: {total: 1s}}\n";

constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

std::string begin_of_post(std::string const& path) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello";
}

// Three servers that do with a POST what the test wants, and answer a GET with their number. One failure ejects one.
class Three {
public:
    explicit Three(std::function<void(Socket&)> on_post) {
        for (std::size_t i = 0; i < origins_.size(); ++i) {
            origins_[i] = std::make_unique<Origin>([i, on_post](Origin&, Socket& socket) {
                for (std::string head; !(head = socket.read_head()).empty();) {
                    if (head.starts_with("POST")) return on_post(socket);
                    socket.send(ok(std::to_string(i)));
                }
            });
        }
    }

    // `more`: of `ejection`, after a comma.
    [[nodiscard]] GatewayOptions options(std::string const& more = "") const {
        std::string servers;
        for (auto const& origin : origins_) servers += fmt::format("\"http://127.0.0.1:{}\", ", origin->port());
        return {.routes = routes,
                .upstreams = fmt::format("  many: {{servers: [{}], balance: round_robin, "
                                         "ejection: {{failures: 1, first: 1h, longest: 1h{}}}}}\n",
                                         servers.substr(0, servers.size() - 2), more)};
    }

private:
    std::array<std::unique_ptr<Origin>, 3> origins_;
};

// Who answers the next requests.
std::string turns(Gateway const& gateway) {
    std::string all;
    for (int i = 0; i < 3; ++i) all += gateway.ask(get).back();
    return all;
}

}  // namespace

TEST_CASE("a client that is slow to send its body until the time is over does not eject the server") {
    Three three([](Socket& socket) { socket.read_to_end(); });
    Gateway gateway(1, three.options());
    auto client = gateway.connect();
    client.send(begin_of_post("/short"));
    CHECK(client.read_message().starts_with("HTTP/1.1 504 "));
    CHECK(turns(gateway) == "120");
}

TEST_CASE("nor does one that leaves the server a moment only") {
    Three three([](Socket& socket) { socket.read_to_end(); });
    Gateway gateway(1, three.options());
    auto client = gateway.connect();
    client.send(begin_of_post("/short"));
    ::usleep(700'000);
    client.send("world");
    CHECK(client.read_message().starts_with("HTTP/1.1 504 "));
    CHECK(turns(gateway) == "120");
}

TEST_CASE("a server that has the whole request and does not answer until the time is over is ejected") {
    Three three([](Socket& socket) { socket.read_to_end(); });
    Gateway gateway(1, three.options());
    auto client = gateway.connect();
    client.send(begin_of_post("/short"));
    ::usleep(20'000);
    client.send("world");
    CHECK(client.read_message().starts_with("HTTP/1.1 504 "));
    CHECK(turns(gateway) == "121");
}

TEST_CASE("a server that does not wait for a slow client's body for ever is not ejected") {
    Three three([](Socket&) { ::usleep(50'000); });  // and closes
    Gateway gateway(1, three.options());
    auto client = gateway.connect();
    client.send(begin_of_post("/open"));
    CHECK(client.read_message().starts_with("HTTP/1.1 502 "));
    CHECK(turns(gateway) == "120");
}

TEST_CASE("a server that breaks off once it has the whole request is ejected") {
    Three three([](Socket& socket) { socket.read_exactly(10); });
    Gateway gateway(1, three.options());
    auto client = gateway.connect();
    client.send(begin_of_post("/open"));
    ::usleep(20'000);
    client.send("world");
    CHECK(client.read_message().starts_with("HTTP/1.1 502 "));
    CHECK(turns(gateway) == "121");
}

TEST_CASE("an answer ejects a server when its status is listed, and the server had the whole request") {
    struct Row {
        char const* status;
        char const* rest;  // of the body
        char const* turns;
    };
    for (auto const& row : {Row{"500", "world", "120"}, Row{"503", "world", "121"}, Row{"503", "", "120"}}) {
        CAPTURE(row.status);
        CAPTURE(row.rest);
        Three three([&row](Socket& socket) {
            if (*row.rest) (void)socket.read_exactly(10);
            socket.send(fmt::format("HTTP/1.1 {} Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", row.status));
            socket.read_to_end();
        });
        Gateway gateway(1, three.options(", statuses: [502, 503-504]"));
        auto client = gateway.connect();
        client.send(begin_of_post("/open") + row.rest);
        CHECK(client.read_message().starts_with(fmt::format("HTTP/1.1 {} ", row.status)));
        CHECK(turns(gateway) == row.turns);
    }
}

}  // namespace tollgate::blame_test
