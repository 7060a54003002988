// What changes while requests wait: servers that fail, go down and come back, a reload, the end of the gateway.
#include "support/busy.hpp"
#include "support/held_origin.hpp"
#include "support/queued.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace tollgate::queue_changes_test {
using namespace tollgate::testing;
using namespace std::chrono_literals;

namespace {

constexpr char const* queue_10s = "max_requests: 1, queue: {max_wait: 10s}";

}  // namespace

TEST_CASE("a reload that raises the limit lets those who wait go on at once") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}, queue_10s), {.workers = 2});
    Busy const busy(gateway, service);
    auto second = gateway.queue(get("/open/2"), 1);
    auto third = gateway.queue(get("/open/3"), 2);
    auto fourth = gateway.queue(get("/open/4"), 3);
    REQUIRE(gateway.reload_upstreams(gpu({service.port()}, "max_requests: 3")));
    CHECK(eventually([&] { return service.heard() == 3; }));
    CHECK(gateway.waiting(1));
    REQUIRE(gateway.reload_upstreams(gpu({service.port()}, "max_requests: none")));
    CHECK(eventually([&] { return service.heard() == 4; }));
    service.let_go(4);
    for (auto* const client : {&second, &third, &fourth}) CHECK(client->read_message().starts_with("HTTP/1.1 200 "));
    CHECK(service.most_at_once() == 4);
}

TEST_CASE("a reload that lowers the limit counts what runs already") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 2"));
    Busy busy(gateway, service);
    auto second = gateway.connect();
    second.send(get("/open/2"));
    REQUIRE(eventually([&] { return service.heard() == 2; }));
    REQUIRE(gateway.reload_upstreams(gpu({service.port()}, "max_requests: 1")));
    auto third = gateway.queue(get("/open/3"), 1);
    service.let_go();
    CHECK(gateway.log(1).size() == 1);
    CHECK(gateway.waiting(1));
    service.let_go();
    CHECK(eventually([&] { return service.heard() == 3; }));
    service.let_go();
    CHECK(third.read_message().ends_with("/open/3"));
}

TEST_CASE("when a reload brings another service, those who wait are served by the one that their route is for") {
    HeldOrigin old_service;
    HeldOrigin new_service([](std::string const& request) {
        return ok("new " + HeldOrigin::target_of(request) + (contains(request, "\r\nHost: a\r\n") ? " a" : " other"));
    });
    QueuedGateway gateway(gpu({old_service.port()}, queue_10s));
    Busy busy(gateway, old_service);
    auto second = gateway.queue(get("/open/2"), 1);
    auto third = gateway.queue(get("/open/3"), 2);
    REQUIRE(gateway.reload_upstreams(fmt::format(
        "  gpu: {{url: \"http://127.0.0.1:{}/v1\", host: upstream, max_requests: 1}}\n", new_service.port())));
    new_service.let_go();
    CHECK(gateway.ask(get("/open/4")).ends_with("new /v1/open/4 other"));
    CHECK(gateway.waiting(2));
    old_service.let_go(3);
    CHECK(busy.client.read_message().ends_with("/open/first"));
    CHECK(second.read_message().ends_with("/open/2"));
    CHECK(third.read_message().ends_with("/open/3"));
    CHECK(new_service.heard() == 1);
    CHECK(old_service.heard() == 3);
}

TEST_CASE("when a reload takes the upstream away, those who wait are served by the server that they came for") {
    HeldOrigin service;
    QueuedGateway gateway(gpu({service.port()}, queue_10s));
    Busy const busy(gateway, service);
    auto second = gateway.queue(get("/open/2"), 1);
    REQUIRE(gateway.reload("  - {path: /other, upstream: ai, protected: false}\n"));
    service.let_go(2);
    CHECK(second.read_message().ends_with("/open/2"));
    CHECK(gateway.ask(get("/open/3")).starts_with("HTTP/1.1 404 "));
}

TEST_CASE("during a drain those who wait have their turn; whose turn does not come in time is told") {
    HeldOrigin service;
    auto gateway = std::make_unique<QueuedGateway>(gpu({service.port()}, queue_10s));
    Busy busy(*gateway, service);
    auto second = gateway->queue(get("/open/2"), 1);
    auto third = gateway->queue(get("/open/3", "X-Request-Id: r1\r\n"), 2);
    std::thread stopping([&] { gateway->stop(); });  // drain.timeout is 2 s
    std::this_thread::sleep_for(100ms);
    service.let_go();
    CHECK(contains(busy.client.read_message(), "Connection: close\r\n"));
    REQUIRE(eventually([&] { return service.heard() == 2; }));
    CHECK(undated(third.read_message()) ==
          "HTTP/1.1 503 Service Unavailable\r\nDate: D\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
          "Content-Length: 145\r\nX-Request-Id: r1\r\nConnection: close\r\n\r\n"
          R"({"type":"about:blank","title":"Service Unavailable","status":503,)"
          R"("detail":"This gateway is shutting down.","reason":"draining","request_id":"r1"})");
    stopping.join();
    CHECK(service.heard() == 2);
    auto const lines = gateway->log(3);
    CHECK(contains(lines.at(1) + lines.at(2), "\"reason\":\"draining\""));
}

TEST_CASE("the time for all of a request ends its wait") {
    HeldOrigin service;
    QueuedGateway gateway(
        gpu({service.port()}, queue_10s),
        {.routes = "  - {path: /open/*, upstream: gpu, protected: false}\n"
                   "  - {path: /short, upstream: gpu, protected: false, timeouts: {total: 300ms}}\n"
                   "  - {path: /quick, upstream: gpu, protected: false, timeouts: {first_byte: 300ms}}\n"});
    Busy busy(gateway, service);
    auto quick = gateway.queue(get("/quick"), 1);
    auto const answer = gateway.ask(get("/short"));
    CHECK(answer.starts_with("HTTP/1.1 504 "));
    CHECK(contains(answer, "\"reason\":\"upstream_timeout\""));
    CHECK(contains(gateway.log(1).at(0), "\"queue_position\":2,\"ending\":\"timed_out\""));
    std::this_thread::sleep_for(400ms);
    service.let_go(2);  // the wait is no time of the service's
    CHECK(quick.read_message().ends_with("/quick"));
    CHECK(service.order() == "/open/first /quick ");
}

TEST_CASE("several servers each have as many as they may") {
    HeldOrigin one;
    HeldOrigin two;
    auto const servers = fmt::format(
        "  gpu: {{servers: [\"http://127.0.0.1:{}\", {{url: \"http://127.0.0.1:{}\", max_requests: 2}}], max_requests: "
        "1}}\n",
        one.port(), two.port());
    QueuedGateway gateway(servers, {.workers = 2});
    std::vector<Socket> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(gateway.connect());
        clients.back().send(get("/open/" + std::to_string(i)));
    }
    REQUIRE(eventually([&] { return one.heard() + two.heard() == 3; }));
    clients.push_back(gateway.queue(get("/open/3"), 1));
    clients.push_back(gateway.queue(get("/open/4"), 2));
    CHECK(one.heard() == 1);
    CHECK(two.heard() == 2);
    two.let_go(100);
    CHECK(eventually([&] { return two.heard() == 4; }));
    one.let_go(100);
    for (auto& client : clients) CHECK(client.read_message().starts_with("HTTP/1.1 200 "));
    CHECK(one.most_at_once() == 1);
    CHECK(two.most_at_once() == 2);
}

TEST_CASE("a request whose server breaks off goes to another one, before all that wait") {
    std::atomic<bool> break_off = false;
    Origin broken([&](Origin& origin, Socket& socket) {
        if (origin.receive(socket).empty()) return;
        while (!break_off) ::usleep(1'000);
        socket.reset();
    });
    HeldOrigin well;
    QueuedGateway gateway(gpu({broken.port(), well.port()}, "max_requests: 1, balance: round_robin"));
    auto doomed = gateway.connect();
    doomed.send(get("/open/doomed"));
    REQUIRE(eventually([&] { return broken.received().size() == 1; }));
    Busy busy(gateway, well);
    auto second = gateway.queue(get("/open/2"), 1);
    auto third = gateway.queue(get("/open/3"), 2);
    // The place that it gives back is for whoever waits, and breaks off too: all of them end at the other server.
    break_off = true;
    REQUIRE(gateway.waiting(3));
    well.let_go(100);
    CHECK(doomed.read_message().ends_with("/open/doomed"));
    CHECK(second.read_message().starts_with("HTTP/1.1 200 "));
    CHECK(third.read_message().starts_with("HTTP/1.1 200 "));
    CHECK(well.order().starts_with("/open/first /open/doomed "));
    CHECK(well.most_at_once() == 1);
}

TEST_CASE("when every server goes down, those who wait are told at once") {
    std::atomic<bool> sick = false;
    std::atomic<int> running = 0;
    Origin service([&](Origin& origin, Socket& socket) {
        for (std::string request; !(request = origin.receive(socket)).empty();) {
            if (contains(request, "GET /healthz ")) {
                socket.send(sick ? "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n" : ok(""));
                continue;
            }
            ++running;
            socket.read_to_end();
        }
    });
    QueuedGateway gateway(
        gpu({service.port()},
            "max_requests: 1, health: {path: /healthz, interval: 100ms, timeout: 300ms, unhealthy_after: 1}"));
    auto first = gateway.connect();
    first.send(get("/open/1"));
    REQUIRE(eventually([&] { return running == 1; }));  // the prober asks all the time, and takes no place
    auto second = gateway.queue(get("/open/2"), 1);
    sick = true;
    auto const answer = second.read_message();
    CHECK(answer.starts_with("HTTP/1.1 503 "));
    CHECK(contains(answer, "\"reason\":\"no_healthy_upstream\""));
    CHECK(running == 1);
}

TEST_CASE("an upgraded connection holds its place until its end") {
    Origin service([](Origin& origin, Socket& socket) {
        auto const request = origin.receive(socket);
        if (!contains(request, "websocket")) return socket.send(ok("plain"));
        socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        socket.read_to_end();
    });
    QueuedGateway gateway(gpu({service.port()}));
    auto tunnel = gateway.connect();
    tunnel.send(get("/open/ws", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    CHECK(tunnel.read_head().starts_with("HTTP/1.1 101 "));
    auto second = gateway.queue(get("/open/2"), 1);
    std::this_thread::sleep_for(400ms);
    CHECK(service.received().size() == 1);
    tunnel.close();
    CHECK(second.read_message().ends_with("plain"));
}

TEST_CASE("a request that finds an idle connection dead keeps its place, and does not wait for another server") {
    Origin forgetful([](Origin& origin, Socket& socket) {
        if (origin.receive(socket).empty()) return;
        socket.send(ok("well"));
        if (!origin.receive(socket).empty()) socket.reset();
    });
    HeldOrigin other;
    QueuedGateway gateway(gpu({forgetful.port(), other.port()}, "max_requests: 1, balance: round_robin"));
    CHECK(gateway.ask(get("/open/1")).ends_with("well"));
    Busy const busy(gateway, other);
    CHECK(gateway.ask(get("/open/2")).ends_with("well"));
    CHECK(forgetful.received().size() == 3);
    auto const lines = gateway.log(2);
    REQUIRE(lines.size() == 2);
    for (auto const& line : lines) CHECK_FALSE(contains(line, "queued_ms"));
}

TEST_CASE("a reload with another queue changes how long those who wait have, and how often they hear of it") {
    HeldOrigin service;
    auto const with = [&](std::string_view queue) {
        return gpu({service.port()}, fmt::format("max_requests: 1, queue: {{{}}}", queue));
    };
    QueuedGateway gateway(with("max_wait: 1m, comment_interval: 1m"));
    Busy const busy(gateway, service);
    auto told = gateway.queue(get("/events/1", "Accept: text/event-stream\r\nConnection: close\r\n"), 1);
    REQUIRE(gateway.reload_upstreams(with("max_wait: 1m, comment_interval: 100ms")));
    CHECK(told.read_head().starts_with("HTTP/1.1 200 "));
    auto plain = gateway.queue(get("/open/2"), 2);
    auto const began = std::chrono::steady_clock::now();
    REQUIRE(gateway.reload_upstreams(with("max_wait: 300ms, comment_interval: 1m")));
    CHECK(contains(plain.read_message(), "\"reason\":\"queue_timeout\""));
    CHECK(contains(told.read_to_end(), "event: error\ndata: "));
    CHECK(std::chrono::steady_clock::now() - began < 5s);
    CHECK(gateway.waiting(0));
}

}  // namespace tollgate::queue_changes_test
