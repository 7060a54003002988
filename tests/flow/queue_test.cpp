// Servers that take few requests at a time: who comes next waits for his turn.
#include "support/held_origin.hpp"
#include "support/queued.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace tollgate::queue_test {
using namespace tollgate::testing;
using namespace std::chrono_literals;

namespace {

constexpr char const* queue_1 = "max_requests: 1, queue: {most: 1}";

std::string ending_line(std::string_view result, int count) {
    return fmt::format("tollgate_upstream_queued_total{{upstream=\"gpu\",result=\"{}\"}} {}", result, count);
}

std::string user(std::string_view name, std::string_view target) { return get(target, bearer(name)); }

}  // namespace

TEST_CASE("a server has one request at a time, and the others have their turn as they came") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}));
    auto first = gateway.connect();
    first.send(get("/open/1"));
    REQUIRE(eventually([&] { return service.heard() == 1; }));
    auto second = gateway.queue(get("/open/2"), 1);
    auto third = gateway.queue(get("/open/3"), 2);
    CHECK(gateway.says(
        fmt::format("tollgate_upstream_running{{upstream=\"gpu\",server=\"127.0.0.1:{}\"}} 1", service.port())));
    CHECK(gateway.says(
        fmt::format("tollgate_upstream_max_requests{{upstream=\"gpu\",server=\"127.0.0.1:{}\"}} 1", service.port())));
    CHECK(service.heard() == 1);
    service.let_go();
    CHECK(first.read_message().ends_with("/open/1"));
    REQUIRE(eventually([&] { return service.heard() == 2; }));
    service.let_go();
    CHECK(second.read_message().ends_with("/open/2"));
    service.let_go();
    CHECK(third.read_message().ends_with("/open/3"));
    CHECK(service.order() == "/open/1 /open/2 /open/3 ");
    CHECK(service.most_at_once() == 1);
    auto const lines = gateway.log(3);
    REQUIRE(lines.size() == 3);
    CHECK_FALSE(contains(lines[0], "queue"));
    CHECK(contains(lines[1], "\"queued_ms\":"));
    CHECK(contains(lines[1], "\"queue_position\":1,\"ending\":\"complete\""));
    CHECK(contains(lines[2], "\"queue_position\":2,\"ending\":\"complete\""));
    CHECK(gateway.waiting(0));
    CHECK(gateway.says(ending_line("served", 2)));
    CHECK(gateway.says("tollgate_upstream_queue_wait_seconds_count{upstream=\"gpu\"} 2"));
}

TEST_CASE("a client that leaves while it waits frees its place at once, and the service never hears of it") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}));
    auto first = gateway.connect();
    first.send(get("/open/1"));
    REQUIRE(eventually([&] { return service.heard() == 1; }));
    auto second = gateway.queue(get("/open/2"), 1);
    auto third = gateway.queue(get("/open/3"), 2);
    second.close();
    auto const line = gateway.log(1).at(0);
    CHECK(contains(line, "\"path\":\"/open/2\""));
    CHECK(contains(line, "\"status\":499,\"reason\":\"client_gone\""));
    CHECK(contains(line, "\"queue_position\":1,\"ending\":\"client_gone\""));
    CHECK(gateway.waiting(1));
    CHECK(gateway.says(ending_line("client_gone", 1)));
    service.let_go(2);
    CHECK(third.read_message().ends_with("/open/3"));
    CHECK(service.order() == "/open/1 /open/3 ");
}

TEST_CASE("a client that leaves in the moment of its turn costs the next one nothing") {
    HeldOrigin service;
    service.let_go(1'000'000);
    QueuedGateway gateway(gpu({service.port()}), {.workers = 2});
    for (int round = 0; round < 60; ++round) {
        std::vector<Socket> clients;
        for (int i = 0; i < 6; ++i) clients.push_back(gateway.connect());
        for (auto& client : clients) client.send(get("/open/" + std::to_string(round)));
        for (std::size_t i = 0; i < 4; ++i) clients[i].close();
        CHECK(clients[4].read_message().starts_with("HTTP/1.1 200 "));
        CHECK(clients[5].read_message().starts_with("HTTP/1.1 200 "));
    }
    CHECK(gateway.waiting(0));
    CHECK(eventually([&] {
        return gateway.says(
            fmt::format("tollgate_upstream_running{{upstream=\"gpu\",server=\"127.0.0.1:{}\"}} 0", service.port()));
    }));
}

TEST_CASE("when as many wait as may, the next is refused at once") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}, queue_1));
    auto first = gateway.connect();
    first.send(get("/open/1"));
    REQUIRE(eventually([&] { return service.heard() == 1; }));
    auto second = gateway.queue(get("/open/2"), 1);
    CHECK(undated(gateway.ask(get("/open/3", "X-Request-Id: r1\r\n"))) ==
          "HTTP/1.1 503 Service Unavailable\r\nDate: D\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
          "Content-Length: 164\r\nX-Request-Id: r1\r\n\r\n"
          R"({"type":"about:blank","title":"Service Unavailable","status":503,)"
          R"("detail":"Too much is waiting already; try again shortly.","reason":"queue_full","request_id":"r1"})");
    CHECK(gateway.says(ending_line("queue_full", 1)));
    CHECK_FALSE(contains(gateway.log(1).at(0), "queued_ms"));
    service.let_go(2);
    CHECK(second.read_message().ends_with("/open/2"));
}

TEST_CASE("a user who has as many waiting as one may is refused, others wait") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 1, queue: {most_per_user: 2}"));
    auto first = gateway.connect();
    first.send(user("a", "/mine/a1"));
    REQUIRE(eventually([&] { return service.heard() == 1; }));
    auto second = gateway.queue(user("a", "/mine/a2"), 1);
    auto third = gateway.queue(user("a", "/mine/a3"), 2);
    CHECK(contains(gateway.ask(user("a", "/mine/a4")), "\"reason\":\"queue_full\""));
    auto other = gateway.queue(user("b", "/mine/b1"), 3);
    service.let_go(4);
    CHECK(third.read_message().ends_with("/mine/a3"));
    CHECK(service.order() == "/mine/a1 /mine/a2 /mine/b1 /mine/a3 ");
}

TEST_CASE("whose turn does not come in time is told so, and leaves the queue") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 1, queue: {max_wait: 300ms}"));
    auto first = gateway.connect();
    first.send(get("/open/1"));
    REQUIRE(eventually([&] { return service.heard() == 1; }));
    auto const began = std::chrono::steady_clock::now();
    auto const answer = undated(gateway.ask(get("/open/2", "X-Request-Id: r1\r\n")));
    auto const took = std::chrono::steady_clock::now() - began;
    CHECK(answer ==
          "HTTP/1.1 503 Service Unavailable\r\nDate: D\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
          "Content-Length: 183\r\nX-Request-Id: r1\r\n\r\n"
          R"({"type":"about:blank","title":"Service Unavailable","status":503,)"
          R"("detail":"The turn of this request did not come in time; try again later.","reason":"queue_timeout",)"
          R"("request_id":"r1"})");
    CHECK(took >= 300ms);
    CHECK(took < 3s);
    auto const line = gateway.log(1).at(0);
    CHECK(contains(line, "\"reason\":\"queue_timeout\""));
    CHECK(contains(line, "\"queue_position\":1,\"ending\":\"timed_out\""));
    CHECK(gateway.waiting(0));
    CHECK(gateway.says(ending_line("queue_timeout", 1)));
    service.let_go();
    CHECK(first.read_message().ends_with("/open/1"));
    CHECK(service.heard() == 1);
}

TEST_CASE("a user with one request need not wait for all of a user with many") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}));
    std::vector<Socket> clients;
    clients.push_back(gateway.connect());
    clients.back().send(user("a", "/mine/a0"));
    REQUIRE(eventually([&] { return service.heard() == 1; }));
    for (int i = 1; i <= 9; ++i) clients.push_back(gateway.queue(user("a", "/mine/a" + std::to_string(i)), i));
    auto other = gateway.queue(user("b", "/mine/b"), 10);
    auto nobody = gateway.queue(get("/open/nobody"), 11);
    service.let_go(12);
    CHECK(other.read_message().ends_with("/mine/b"));
    CHECK(nobody.read_message().ends_with("/open/nobody"));
    for (auto& client : clients) CHECK(client.read_message().starts_with("HTTP/1.1 200 "));
    CHECK(service.order().starts_with("/mine/a0 /mine/a1 /mine/b /open/nobody /mine/a2 /mine/a3 "));
    CHECK(service.most_at_once() == 1);
}

TEST_CASE("before its turn no more is read of a body than its beginning") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}),
                          {.routes = "  - {path: /open/*, upstream: gpu, protected: false, body_limit: 1GiB}\n"});
    auto first = gateway.connect();
    first.send(get("/open/1"));
    REQUIRE(eventually([&] { return service.heard() == 1; }));
    auto second = gateway.connect();
    second.send("POST /open/2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    second.fill(std::string(64 * 1024, 'x'));  // returns once nothing is taken any more
    CHECK(gateway.waiting(1));
    second.reset();  // an orderly end would stand behind all that nobody reads
    auto const line = gateway.log(1).at(0);
    CHECK(contains(line, "\"path\":\"/open/2\""));
    auto const taken = std::stoul(line.substr(line.find("\"bytes_received\":") + 17));
    CHECK(taken > 64 * 1024);
    CHECK(taken <= 128 * 1024);
    CHECK(contains(line, "\"ending\":\"client_gone\""));
    service.let_go();
    CHECK(first.read_message().ends_with("/open/1"));
}

}  // namespace tollgate::queue_test
