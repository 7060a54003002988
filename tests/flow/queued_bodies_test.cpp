// Servers that take few requests at a time, and bodies that are still to come: a small one is taken before its request
// takes a place, so that nobody holds one by withholding it.
#include "plugin/plugin_type.hpp"
#include "support/busy.hpp"
#include "support/held_origin.hpp"
#include "support/queued.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::queued_bodies_test {
using namespace tollgate::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 64 * 1024;

std::string post(std::string_view target, std::string_view fields) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\n{}\r\n", target, fields);
}

std::string post_of(std::string_view target, std::size_t bytes) {
    return post(target, fmt::format("Content-Length: {}\r\n", bytes));
}

constexpr char const* chunked = "Transfer-Encoding: chunked\r\n";

// Digits and commas, no two places alike.
std::string counted(std::size_t bytes) {
    std::string body;
    for (unsigned i = 0; body.size() < bytes; ++i) body += std::to_string(i) + ",";
    body.resize(bytes);
    return body;
}

// A piece of its own for whoever reads it.
void send_apart(Socket& client, std::string_view piece) {
    std::this_thread::sleep_for(30ms);
    client.send(piece);
}

std::string running(std::uint16_t port, int count) {
    return fmt::format("tollgate_upstream_running{{upstream=\"gpu\",server=\"127.0.0.1:{}\"}} {}", port, count);
}

// Notes each piece that it is shown.
class Listener final : public plugin::RequestBodyHook {
public:
    static constexpr std::string_view name = "listener";
    static constexpr std::string_view summary = "for tests";
    static inline std::mutex lock;
    static inline std::string seen;

    static settings::Checked<std::unique_ptr<Listener>> make(plugin::Setup&) { return std::make_unique<Listener>(); }
    plugin::Flow on_request_body(plugin::Exchange&, plugin::Chunk chunk) const override {
        std::scoped_lock const locked(lock);
        seen.append(chunk.data(), chunk.size()).append("|");
        return std::ranges::find(chunk, '!') == chunk.end() ? plugin::Flow::go : plugin::Flow::cut;
    }
};

GatewayOptions with_listener(std::string further = {}) {
    Listener::seen.clear();
    return {.further = std::move(further),
            .plugin_blocks = "  listener: {}\n",
            .plugins = {plugin::plugin_type<Listener>()}};
}

}  // namespace

TEST_CASE("a body that lies there by the time its request is heard is taken in pieces that fit") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 1"));
    auto client = gateway.connect();
    service.let_go();
    auto const large = counted(4UL * 1024 * 1024);  // after which much fits into the connection
    client.send(post_of("/open/large", large.size()) + large);
    CHECK(client.read_message().ends_with("/open/large"));
    client.send(get("/open/slow"));
    REQUIRE(eventually([&] { return service.heard() == 2; }));
    auto const body = counted(300'000);
    std::jthread const sender([&] { client.send(post_of("/open/body", body.size()) + body); });
    std::this_thread::sleep_for(200ms);
    service.let_go(2);
    CHECK(client.read_message().ends_with("/open/slow"));
    CHECK(client.read_message().ends_with("/open/body"));
    CHECK((body_of(service.received().back()) == body));
}

TEST_CASE(
    "who sends a large body drop by drop loses the place that others wait for, and who sends it slowly does not") {
    HeldOrigin service;
    service.let_go(1'000'000);
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 1"), {.further = "timeouts: {stall: 1s}\n"});
    std::size_t const large = most + 100'000;
    auto dripping = gateway.connect();
    dripping.send(post_of("/open/drops", large) + std::string(most + 10'000, 'x'));
    REQUIRE(eventually([&] { return gateway.says(running(service.port(), 1)); }));
    std::jthread const drops([&](std::stop_token const& ended) {
        while (!ended.stop_requested() && dripping.try_send("x")) std::this_thread::sleep_for(20ms);
    });
    CHECK(gateway.ask(get("/open/honest")).ends_with("/open/honest"));
    CHECK(dripping.read_message().starts_with("HTTP/1.1 408 "));

    auto slow = gateway.connect();
    slow.send(post_of("/open/slow", large) + std::string(most + 10'000, 'x'));
    for (int i = 0; i < 15; ++i) {
        std::this_thread::sleep_for(100ms);  // at 60 kB a second, for longer than `stall`
        slow.send(std::string(6'000, 'x'));
    }
    CHECK(slow.read_message().ends_with("/open/slow"));
}

TEST_CASE("who withholds a body holds no place, and an honest client has its turn at once") {
    HeldOrigin service;
    service.let_go(1'000'000);
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 2, queue: {most: 1}"));
    std::vector<Socket> withholding;
    auto const begin = [&](std::string const& request) {
        withholding.push_back(gateway.connect());
        withholding.back().send(request);
    };
    for (int i = 0; i < 8; ++i) {
        begin(post_of("/open/none", 5));
        begin(post_of("/open/some", 5) + "some");
        begin(post_of("/open/much", most) + std::string(most - 1, 'x'));
        begin(post("/open/chunked", chunked) + "4\r\nsome\r\n");
        begin(post("/open/endless", chunked) + "4\r\nsome\r\n0\r\n");
        begin(post("/open/asking", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    }
    for (std::size_t i = 5; i < withholding.size(); i += 6)
        CHECK(withholding[i].read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
    for (int i = 0; i < 3; ++i) {
        CHECK(gateway.ask(post_of("/open/honest", 5) + "hello").ends_with("/open/honest"));
        CHECK(gateway.ask(get("/open/honest")).ends_with("/open/honest"));
    }
    CHECK(gateway.says(running(service.port(), 0)));
    CHECK(gateway.waiting(0));
    CHECK(service.heard() == 6);
    withholding[1].send("e");
    CHECK(withholding[1].read_message().ends_with("/open/some"));
    CHECK(service.received().back().ends_with("\r\n\r\nsomee"));
}

TEST_CASE("a small body is read to its end and then lines up, with the service it arrives as it was") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}), with_listener());
    Busy const busy(gateway, service);
    auto const large = counted(most);
    auto first = gateway.connect();
    first.send(post_of("/open/1", 7) + "abc");
    send_apart(first, "defg" + get("/open/next"));
    REQUIRE(gateway.waiting(1));
    auto second = gateway.connect();
    second.send(post("/open/2", chunked) + "2;x=1\r\nhi\r\n");
    send_apart(second, "1\r\nj\r\n0\r\nX-Sum: 1\r\n\r\n");
    REQUIRE(gateway.waiting(2));
    auto const third = gateway.queue(post_of("/open/3", most) + large, 3);
    auto const fourth =
        gateway.queue(post("/open/4", chunked) + fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", most, large), 4);
    CHECK(service.heard() == 1);
    service.let_go(6);
    REQUIRE(eventually([&] { return service.heard() == 6; }));
    CHECK(service.order() == "/open/first /open/1 /open/2 /open/3 /open/4 /open/next ");
    auto const received = service.received();
    CHECK(contains(received[1], "\r\nContent-Length: 7\r\n"));
    CHECK(body_of(received[1]) == "abcdefg");
    CHECK(contains(received[2], "\r\nTransfer-Encoding: chunked\r\n"));
    CHECK(body_of(received[2]) == "3\r\nhij\r\n0\r\n\r\n");
    CHECK((body_of(received[3]) == large));
    CHECK((body_of(received[4]) == "10000\r\n" + large + "\r\n0\r\n\r\n"));
    CHECK(first.read_message().ends_with("/open/1"));
    CHECK(first.read_message().ends_with("/open/next"));
    CHECK(Listener::seen.starts_with("abc|defg|hi|j|"));
    std::erase(Listener::seen, '|');
    CHECK((Listener::seen == "abcdefghij" + large + large));
    CHECK(contains(gateway.log(6).at(1), "\"bytes_received\":7,"));
}

TEST_CASE("a larger body lines up with its beginning, and the rest is taken in its turn") {
    for (bool const by_chunks : {false, true}) {
        CAPTURE(by_chunks);
        HeldOrigin service;
        QueuedGateway gateway(gpu({service.port()}), with_listener());
        Busy const busy(gateway, service);
        auto const body = counted(300'000);
        auto const framed = by_chunks ? fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body) : body;
        auto client = gateway.connect();
        client.send((by_chunks ? post("/open/1", chunked) : post_of("/open/1", body.size())) + framed.substr(0, most));
        std::this_thread::sleep_for(100ms);
        CHECK(gateway.waiting(0));
        client.send(framed.substr(most, 4096));
        REQUIRE(gateway.waiting(1));
        {
            std::scoped_lock const locked(Listener::lock);
            CHECK(Listener::seen.size() > most);
            CHECK(Listener::seen.size() < 2 * most);
        }
        auto const rest = std::async(std::launch::async, [&] { client.send(framed.substr(most + 4096)); });
        service.let_go(2);
        REQUIRE(eventually([&] { return service.heard() == 2; }));
        auto got = body_of(service.received().at(1));
        if (by_chunks) {
            std::string decoded;
            while (!got.starts_with("0\r\n")) {
                auto const size = std::stoul(got, nullptr, 16);
                decoded += got.substr(got.find('\n') + 1, size);
                got.erase(0, got.find('\n') + 1 + size + 2);
            }
            CHECK(got == "0\r\n\r\n");
            got = decoded;
        }
        CHECK((got == body));
        CHECK(client.read_message().ends_with("/open/1"));
        std::erase(Listener::seen, '|');
        CHECK((Listener::seen == body));
    }
}

TEST_CASE("a body that is refused never lines up") {
    HeldOrigin service;
    auto options = with_listener("timeouts: {stall: 300ms}\n");
    options.routes = "  - {path: /open/*, upstream: gpu, protected: false, body_limit: 1KiB, timeouts: {total: 2s}}\n";
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 1, queue: {max_wait: 10s}"), std::move(options));
    Busy const busy(gateway, service);
    auto const refused = [&](std::string const& request, std::string const& rest, std::string_view status,
                             std::string_view reason) {
        CAPTURE(request);
        auto client = gateway.connect();
        client.send(request);
        send_apart(client, rest);
        auto const answer = client.read_message();
        CHECK(answer.starts_with(fmt::format("HTTP/1.1 {} ", status)));
        CHECK(contains(answer, "\r\nConnection: close\r\n"));
        CHECK(contains(answer, fmt::format("\"reason\":\"{}\"", reason)));
    };
    refused(post("/open/1", chunked) + "4\r\nsome\r\n", "nonsense\r\n", "400", "bad_request_framing");
    refused(post("/open/2", chunked) + "4\r\nsome\r\n", "400\r\n" + std::string(1024, 'x'), "413", "body_too_large");
    refused(post_of("/open/3", 8) + "some", "thi", "408", "request_timeout");
    refused(post_of("/open/4", 9) + "some", "bad!", "403", "cut_by_plugin");
    auto leaving = gateway.connect();
    leaving.send(post_of("/open/5", 8) + "some");
    leaving.close();
    auto const lines = gateway.log(5);
    CHECK(contains(lines.at(4), "\"status\":499,\"reason\":\"client_gone\""));
    for (auto const& line : lines) CHECK_FALSE(contains(line, "queue"));
    CHECK_FALSE(
        contains(gateway.metrics(), "tollgate_upstream_queued_total{upstream=\"gpu\",result=\"client_gone\"} 1"));
    CHECK(service.heard() == 1);
}

TEST_CASE("the total time, and a drain, end the wait for a body too") {
    HeldOrigin service;
    GatewayOptions options;
    options.routes =
        "  - {path: /open/*, upstream: gpu, protected: false}\n"
        "  - {path: /short, upstream: gpu, protected: false, timeouts: {total: 300ms}}\n";
    QueuedGateway gateway(gpu({service.port()}), std::move(options));
    auto const answer = gateway.ask(post_of("/short", 8) + "some");
    CHECK(answer.starts_with("HTTP/1.1 504 "));
    CHECK(contains(answer, "\"reason\":\"upstream_timeout\""));
    auto client = gateway.connect();
    client.send(post_of("/open/1", 8) + "some");
    std::this_thread::sleep_for(50ms);
    gateway.stop();
    CHECK(contains(client.read_message(), "\"reason\":\"draining\""));
    CHECK(service.heard() == 0);
}

TEST_CASE("100 Continue is ours to say before the turn, once, and the service is not asked for another") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}));
    Busy const busy(gateway, service);
    auto client = gateway.connect();
    client.send(post("/open/1", "Content-Length: 5\r\nExpect: 100-continue\r\nX-Request-Id: r1\r\n"));
    CHECK(client.read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(gateway.waiting(0));
    client.send("hello");
    REQUIRE(gateway.waiting(1));
    service.let_go(2);
    CHECK(client.read_message() ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nX-Request-Id: r1\r\n\r\n/open/1");
    CHECK(service.received().at(1) ==
          "POST /open/1 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
          "X-Forwarded-Host: a\r\nForwarded: for=127.0.0.1;host=\"a\";proto=http\r\nVia: 1.1 tollgate\r\n"
          "X-Request-Id: r1\r\nContent-Length: 5\r\n\r\nhello");
    // Who has sent the body already needs no word, and the service may still say one.
    auto ready = gateway.connect();
    ready.send(post("/open/2", "Content-Length: 2\r\nExpect: 100-continue\r\n") + "hi");
    service.let_go(1);
    CHECK(ready.read_message().starts_with("HTTP/1.1 200 "));
    CHECK(contains(service.received().at(2), "\r\nExpect: 100-continue\r\n"));
}

TEST_CASE("a body that was taken before the turn goes to another server as a whole, where that is safe") {
    Origin broken([](Origin& origin, Socket& socket) {
        (void)origin.receive(socket);
        socket.reset();
    });
    HeldOrigin well;
    well.let_go(1'000'000);
    QueuedGateway gateway(gpu({broken.port(), well.port()}, "max_requests: 1, balance: round_robin"));
    for (std::string const method : {"PUT", "POST"}) {
        CAPTURE(method);
        std::string answer;
        for (int tries = 0; tries < 2; ++tries) {  // the other server may be first
            auto const before = broken.received().size();
            auto client = gateway.connect();
            client.send(method + " /open/1 HTTP/1.1\r\nHost: a\r\n" + chunked + "\r\n2\r\nab\r\n");
            send_apart(client, "1\r\nc\r\n0\r\n\r\n");
            answer = client.read_message();
            if (broken.received().size() > before) break;
        }
        CHECK(body_of(broken.received().back()) == "3\r\nabc\r\n0\r\n\r\n");
        if (method == "POST") CHECK(contains(answer, "\"reason\":\"upstream_failed\""));
        else CHECK(body_of(well.received().back()) == "3\r\nabc\r\n0\r\n\r\n");
    }
}

TEST_CASE("before an upstream without a limit a body goes up as it comes") {
    std::promise<std::string> first;
    Origin origin([&first](Origin&, Socket& socket) {
        (void)socket.read_head();
        first.set_value(socket.read_exactly(3));
        (void)socket.read_exactly(2);
        socket.send(ok("thanks"));
    });
    Gateway gateway(origin.port(), {.routes = "  - {path: /open/*, upstream: ai, protected: false}\n"});
    auto client = gateway.connect();
    client.send(post_of("/open/1", 5) + "abc");
    auto got = first.get_future();
    REQUIRE(got.wait_for(10s) == std::future_status::ready);
    CHECK(got.get() == "abc");
    client.send("de");
    CHECK(client.read_message().ends_with("thanks"));
}

}  // namespace tollgate::queued_bodies_test
