// A body that is under way when its server fails: what was taken of it is sent to another one, and it goes on from
// there.
#include "plugin/plugin_type.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace tollgate::resend_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: many, protected: false, trailers: [X-Sum], timeouts: {first_byte: 5s}}\n";

std::string head(std::string_view method, std::string_view framing) {
    return fmt::format("{} /open HTTP/1.1\r\nHost: a\r\n{}\r\n\r\n", method, framing);
}

std::string of_length(std::string_view method, std::size_t bytes) {
    return head(method, fmt::format("Content-Length: {}", bytes));
}

// Waits, bounded, for what a script on another thread promised.
template <class T>
T awaited(std::promise<T>& promise) {
    auto future = promise.get_future();
    if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready) FAIL("it did not happen in time");
    return future.get();
}

// Two servers: the first reads so many bytes of each body, and resets. The second is well.
struct Two {
    explicit Two(std::size_t bytes)
        : first([this, bytes](Origin&, Socket& socket) {
              auto got = socket.read_head();
              got += socket.read_exactly(bytes);
              socket.reset();
              broke_with.set_value(got);
          }) {}

    [[nodiscard]] std::string yaml() const {
        return fmt::format(
            "  many: {{servers: [\"http://127.0.0.1:{}\", \"http://127.0.0.1:{}\"], balance: round_robin}}\n",
            first.port(), second.port());
    }
    [[nodiscard]] GatewayOptions options() const { return {.routes = routes, .upstreams = yaml()}; }

    std::promise<std::string> broke_with;  // what the first had received
    Origin first;
    Origin second{Origin::always(ok("well"))};
};

// Counts what it is shown of bodies.
class Witness final : public plugin::RequestBodyHook {
public:
    static constexpr std::string_view name = "witness";
    static constexpr std::string_view summary = "for tests";
    static inline std::mutex lock;
    static inline std::string seen;

    static settings::Checked<std::unique_ptr<Witness>> make(plugin::Setup&) { return std::make_unique<Witness>(); }
    plugin::Flow on_request_body(plugin::Exchange&, plugin::Chunk chunk) const override {
        std::scoped_lock const locked(lock);
        seen.append(chunk.data(), chunk.size());
        return plugin::Flow::go;
    }
};

}  // namespace

TEST_CASE("an idempotent request whose body is under way goes on at another server, and plugins see each piece once") {
    for (auto const* const method : {"PUT", "DELETE", "GET"}) {
        CAPTURE(method);
        Two two(3);
        auto options = two.options();
        options.plugin_blocks = "  witness: {}\n";
        options.plugins = {plugin::plugin_type<Witness>()};
        Witness::seen.clear();
        Gateway gateway(1, options);
        auto client = gateway.connect();
        client.send(of_length(method, 10) + "abc");
        auto const broken = awaited(two.broke_with);
        CHECK(broken.starts_with(std::string(method) + " /open HTTP/1.1\r\n"));
        CHECK(body_of(broken) == "abc");
        client.send("defg");
        client.send("hij");
        CHECK(client.read_message().ends_with("well"));
        auto const received = two.second.received();
        REQUIRE(received.size() == 1);
        CHECK(contains(received[0], "\r\nContent-Length: 10\r\n"));
        CHECK(body_of(received[0]) == "abcdefghij");
        CHECK(Witness::seen == "abcdefghij");
        client.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n");  // its connection goes on
        CHECK_FALSE(client.read_message().empty());
        auto const lines = gateway.log(1);
        CHECK(contains(lines.at(0), fmt::format("\"server\":\"127.0.0.1:{}\"", two.second.port())));
        CHECK(contains(lines.at(0), "\"status\":200"));
        CHECK(contains(lines.at(0), "\"bytes_received\":10"));
    }
}

TEST_CASE("a chunked body goes on with what was taken of it as one chunk, and its trailers at the end") {
    std::promise<void> began_again;
    std::promise<std::string> got;
    std::promise<void> broke;
    Origin first([&](Origin&, Socket& socket) {
        (void)socket.read_head();
        CHECK(socket.read_exactly(13) == "2\r\nab\r\n1\r\nc\r\n");
        socket.reset();
        broke.set_value();
    });
    Origin second([&](Origin&, Socket& socket) {
        CHECK(contains(socket.read_head(), "\r\nTransfer-Encoding: chunked\r\n"));
        auto body = socket.read_exactly(8);
        began_again.set_value();
        body += socket.read_until("\r\n\r\n");
        got.set_value(body);
        socket.send(ok("well"));
        (void)socket.ends();
    });
    Gateway gateway(1,
                    {.routes = routes,
                     .upstreams = fmt::format("  many: {{servers: [\"http://127.0.0.1:{}\", \"http://127.0.0.1:{}\"], "
                                              "balance: round_robin}}\n",
                                              first.port(), second.port())});
    auto client = gateway.connect();
    client.send(head("PUT", "Transfer-Encoding: chunked") + "2\r\nab\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // so that it is a piece of its own
    client.send("1\r\nc\r\n");
    awaited(broke);
    awaited(began_again);
    client.send("4\r\ndefg\r\n0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n");
    CHECK(awaited(got) == "3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 1\r\n\r\n");
    CHECK(client.read_message().ends_with("well"));
}

TEST_CASE("a body that was sent to its end, in pieces, is sent again whole") {
    for (bool const chunked : {false, true}) {
        Two two(chunked ? 25 : 6);
        Gateway gateway(1, two.options());
        auto client = gateway.connect();
        client.send(chunked ? head("PUT", "Transfer-Encoding: chunked") : of_length("PUT", 6));
        for (std::string const piece : {"ab", "cd", "ef"}) {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            client.send(chunked ? "2\r\n" + piece + "\r\n" : piece);
        }
        if (chunked) client.send("0\r\nX-Sum: 9\r\n\r\n");
        CHECK(client.read_message().ends_with("well"));
        auto const received = two.second.received();
        REQUIRE(received.size() == 1);
        CHECK(body_of(received[0]) == (chunked ? "6\r\nabcdef\r\n0\r\nX-Sum: 9\r\n\r\n" : "abcdef"));
    }
}

TEST_CASE("what a server may have seen of a POST or a PATCH is sent to nobody else") {
    for (auto const* const method : {"POST", "PATCH"}) {
        Two two(3);
        Gateway gateway(1, two.options());
        auto client = gateway.connect();
        client.send(of_length(method, 10) + "abc");
        auto const answer = client.read_message();
        CHECK(answer.starts_with("HTTP/1.1 502 "));
        CHECK(contains(answer, "\"reason\":\"upstream_failed\""));
        CHECK(two.second.connections() == 0);
    }
}

TEST_CASE("64 KiB are retained, and not a byte more, whether their number was announced or not") {
    constexpr std::size_t most = 64 * 1024;
    for (bool const chunked : {false, true}) {
        for (std::size_t const size : {most, most + 1}) {
            CAPTURE(chunked);
            CAPTURE(size);
            Two two(size - 1);
            Gateway gateway(1, two.options());
            std::string body;
            for (unsigned i = 0; body.size() < size; ++i) body += std::to_string(i) + ",";
            body.resize(size);
            auto client = gateway.connect();
            client.send(chunked ? head("PUT", "Transfer-Encoding: chunked") : of_length("PUT", size));
            auto const send = [&](std::string const& piece) {
                client.try_send(chunked ? fmt::format("{:x}\r\n{}\r\n", piece.size(), piece) : piece);
            };
            send(body.substr(0, 40'000));
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            send(body.substr(40'000));
            if (chunked) client.try_send("0\r\n\r\n");
            (void)awaited(two.broke_with);
            auto const answer = client.read_message();
            CHECK(answer.starts_with(size == most ? "HTTP/1.1 200 " : "HTTP/1.1 502 "));
            CHECK(two.second.connections() == (size == most ? 1 : 0));
            if (size > most) continue;
            auto const received = two.second.received();
            REQUIRE(received.size() == 1);
            CHECK((body_of(received[0]).find(chunked ? body.substr(0, 40'000) : body) != std::string::npos));
        }
    }
}

TEST_CASE("a body goes on at the same server when its idle connection turns out to be dead, and only then") {
    std::atomic<int> number{0};
    std::promise<void> broke;
    Origin origin([&](Origin& self, Socket& socket) {
        int const mine = number++;
        if (mine == 1) {  // fresh: it receives all of the body that was under way, then breaks another
            CHECK(body_of(self.receive(socket)) == "abcdef");
            socket.send(ok("well"));
            return;
        }
        (void)self.receive(socket);
        if (mine > 1) return socket.reset();
        socket.send(ok("first"));
        (void)socket.read_head();
        (void)socket.read_exactly(3);
        socket.reset();
        broke.set_value();
    });
    Gateway gateway(1, {.routes = routes, .upstreams = fmt::format("  many: http://127.0.0.1:{}\n", origin.port())});
    auto client = gateway.connect();
    client.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_message().ends_with("first"));
    client.send(of_length("PUT", 6) + "abc");
    awaited(broke);
    client.send("def");
    CHECK(client.read_message().ends_with("well"));
    auto alone = gateway.connect();
    alone.send(of_length("PUT", 6) + "abc");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    alone.send("def");
    CHECK(alone.read_message().starts_with("HTTP/1.1 502 "));
    CHECK(number == 3);
}

TEST_CASE("a request that expects a 100 goes on at another server too") {
    Two two(0);
    Gateway gateway(1, two.options());
    auto client = gateway.connect();
    client.send(head("PUT", "Expect: 100-continue\r\nContent-Length: 3"));
    (void)awaited(two.broke_with);
    client.send("abc");
    CHECK(client.read_message().ends_with("well"));
    auto const received = two.second.received();
    REQUIRE(received.size() == 1);
    CHECK(body_of(received[0]) == "abc");
    CHECK(contains(received[0], "\r\nExpect: 100-continue\r\n"));
}

TEST_CASE("a client that leaves while its body is sent again is noticed") {
    Two two(3);
    Gateway gateway(1, two.options());
    auto client = gateway.connect();
    client.send(of_length("PUT", 10) + "abc");
    (void)awaited(two.broke_with);
    client.close();
    auto const lines = gateway.log(1);
    CHECK(contains(lines.at(0), "\"reason\":\"client_gone\""));
}

TEST_CASE("a body that a silent server has is sent again too, when the time for its answer is over") {
    std::promise<std::string> heard;
    Origin first([&](Origin& self, Socket& socket) {
        heard.set_value(self.receive(socket));
        (void)socket.ends();
    });
    Origin second(Origin::always(ok("well")));
    Gateway gateway(1,
                    {.routes = "  - {path: /open, upstream: many, protected: false, timeouts: {first_byte: 200ms}}\n",
                     .upstreams = fmt::format("  many: {{servers: [\"http://127.0.0.1:{}\", \"http://127.0.0.1:{}\"], "
                                              "balance: round_robin}}\n",
                                              first.port(), second.port())});
    auto client = gateway.connect();
    client.send(of_length("PUT", 6) + "abc");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));  // nobody waits for an answer yet
    client.send("def");
    CHECK(client.read_message().ends_with("well"));
    CHECK(body_of(awaited(heard)) == "abcdef");
    REQUIRE(second.received().size() == 1);
    CHECK(body_of(second.received()[0]) == "abcdef");
}

TEST_CASE("a body that comes over TLS goes on at another server") {
    TempFolder folder;
    write_pair(folder, "one", certify("one.example"));
    auto const file = (folder.path() / "one").string();
    Two two(3);
    auto options = two.options();
    options.listen = fmt::format(
        "{{address: '127.0.0.1:0', tls: {{certificates: [{{certificate: {0}.pem, key: {0}.key}}]}}}}", file);
    Gateway gateway(1, options);
    TlsSocket client(gateway.port());
    client.send(of_length("PUT", 10) + "abc");
    (void)awaited(two.broke_with);
    client.send("defg");
    client.send("hij");
    CHECK(client.read_message().ends_with("well"));
    REQUIRE(two.second.received().size() == 1);
    CHECK(body_of(two.second.received()[0]) == "abcdefghij");
}

}  // namespace tollgate::resend_test
