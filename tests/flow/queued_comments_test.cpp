// A client that waits for its turn in an event stream: comments before there is an answer, and what becomes of it then.
#include "cors/cors.hpp"
#include "support/busy.hpp"
#include "support/held_origin.hpp"
#include "support/queued.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

namespace tollgate::queued_comments_test {
using namespace tollgate::testing;
using namespace std::chrono_literals;

namespace {

constexpr char const* soon = "max_requests: 1, queue: {max_wait: 10s, comment_interval: 300ms}";
constexpr char const* wants_events = "X-Request-Id: r1\r\nAccept: text/event-stream\r\n";
constexpr char const* comment = "a\r\n: queued\n\n\r\n";

constexpr char const* head =
    "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    "Transfer-Encoding: chunked\r\nX-Request-Id: r1\r\n\r\n";

std::string events(std::string const&) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
           "9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n";
}

}  // namespace

TEST_CASE("who waits gets comments every now and then, and then the events, on a connection that goes on") {
    HeldOrigin service(events);
    QueuedGateway gateway(gpu({service.port()}, soon));
    Busy const busy(gateway, service);
    auto const began = std::chrono::steady_clock::now();
    auto client = gateway.connect();
    client.send(get("/events/1", std::string(wants_events) + "Accept-Encoding: gzip\r\n"));
    CHECK(undated(client.read_head()) == head);
    CHECK(std::chrono::steady_clock::now() - began >= 300ms);
    CHECK(client.read_exactly(15) == comment);
    CHECK(client.read_exactly(15) == comment);
    CHECK(std::chrono::steady_clock::now() - began >= 600ms);
    service.let_go(2);
    auto rest = client.read_until("0\r\n\r\n");
    while (rest.starts_with(comment)) rest.erase(0, 15);  // a slow machine
    CHECK((rest == "9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n" ||
           rest == "12\r\ndata: 1\n\ndata: 2\n\n\r\n0\r\n\r\n"));
    auto const sent = service.received().at(1);
    CHECK(contains(sent, "\r\nAccept-Encoding: identity\r\n"));
    CHECK_FALSE(contains(sent, "gzip"));
    service.let_go();
    client.send(get("/open/next"));
    CHECK(client.read_message().starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset"));
    auto const line = gateway.log(2).at(1);
    CHECK(contains(line, "\"request_id\":\"r1\""));
    CHECK(contains(line, "\"status\":200,\"upstream\""));
    CHECK(contains(line, "\"queue_position\":1,\"ending\":\"complete\""));
}

TEST_CASE("whose turn comes before the first comment is answered as ever") {
    HeldOrigin service([](std::string const&) { return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"; });
    QueuedGateway gateway(gpu({service.port()}));
    Busy const busy(gateway, service);
    auto client = gateway.queue(get("/events/1", wants_events), 1);
    service.let_go(2);
    CHECK(client.read_message() == "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nX-Request-Id: r1\r\n\r\n");
}

TEST_CASE("an answer that is no event stream comes as an event `error`, and the stream has its end") {
    std::vector<std::string> const answers{
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n",
        ok("{}"),
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 204 No Content\r\n\r\n",
    };
    for (auto const& answer : answers) {
        CAPTURE(answer);
        HeldOrigin service([&](std::string const&) { return answer; });
        QueuedGateway gateway(gpu({service.port()}, soon));
        Busy const busy(gateway, service);
        auto client = gateway.connect();
        client.send(get("/events/1", wants_events));
        CHECK(undated(client.read_head()) == head);
        CHECK(client.read_exactly(15) == comment);
        service.let_go(2);
        auto rest = client.read_until("0\r\n\r\n");
        while (rest.starts_with(comment)) rest.erase(0, 15);
        CHECK(rest ==
              "be\r\nevent: error\ndata: "
              R"({"type":"about:blank","title":"Bad Gateway","status":502,)"
              R"("detail":"The service behind did not answer with an event stream.","reason":"no_event_stream",)"
              R"("request_id":"r1"})"
              "\n\n\r\n0\r\n\r\n");
        auto const line = gateway.log(2).at(1);
        CHECK(contains(line, "\"status\":200,\"reason\":\"no_event_stream\""));
        CHECK(contains(line, "\"ending\":\"upstream_failed\""));
    }
}

TEST_CASE("what ends the wait is told as an event too, in the style of the route") {
    HeldOrigin service(events);
    QueuedGateway gateway(
        gpu({service.port()}, "max_requests: 1, queue: {max_wait: 500ms, comment_interval: 300ms}"),
        {.routes = "  - {path: /open/*, upstream: gpu, protected: false}\n"
                   "  - {path: /events/*, upstream: gpu, protected: false, queued_comments: true, errors: openai}\n"
                   "  - {path: /short, upstream: gpu, protected: false, queued_comments: true, errors: anthropic, "
                   "timeouts: {total: 400ms}}\n"});
    Busy const busy(gateway, service);
    auto client = gateway.connect();
    client.send(get("/events/1", wants_events));
    CHECK(undated(client.read_message()) ==
          std::string(head) + comment +
              "f1\r\nevent: error\ndata: "
              R"({"error":{"message":"The turn of this request did not come in time; try again later.",)"
              R"("type":"server_error","code":"queue_timeout","param":null},)"
              R"("detail":"The turn of this request did not come in time; try again later."})"
              "\n\n\r\n0\r\n\r\n");
    auto const line = gateway.log(1).at(0);
    CHECK(contains(line, "\"status\":200,\"reason\":\"queue_timeout\""));
    CHECK(contains(line, "\"ending\":\"timed_out\""));
    auto const total = gateway.ask(get("/short", wants_events));
    CHECK(contains(total, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\""));
    CHECK(total.ends_with("\n\n\r\n0\r\n\r\n"));
}

TEST_CASE("a client that leaves after the first comment is gone at once") {
    HeldOrigin service(events);
    QueuedGateway gateway(gpu({service.port()}, soon));
    Busy const busy(gateway, service);
    auto client = gateway.connect();
    client.send(get("/events/1", wants_events));
    CHECK(undated(client.read_head()) == head);
    client.close();
    auto const line = gateway.log(1).at(0);
    CHECK(contains(line, "\"status\":200,\"reason\":\"client_gone\""));
    CHECK(contains(line, "\"ending\":\"client_gone\""));
    CHECK(gateway.waiting(0));
    CHECK(service.heard() == 1);
}

TEST_CASE("a service that breaks off within its events cuts the stream") {
    HeldOrigin service([](std::string const&) {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100\r\n\r\ndata: 1\n\n";
    });
    QueuedGateway gateway(gpu({service.port()}, soon),
                          {.routes = "  - {path: /open/*, upstream: gpu, protected: false}\n"
                                     "  - {path: /events/*, upstream: gpu, protected: false, queued_comments: true, "
                                     "timeouts: {gap: 300ms}}\n"});
    Busy busy(gateway, service);
    auto client = gateway.connect();
    client.send(get("/events/1", wants_events));
    CHECK(undated(client.read_head()) == head);
    service.let_go(2);
    busy.client.close();
    auto const all = client.read_to_end();
    CHECK(all.ends_with("9\r\ndata: 1\n\n\r\n"));
    CHECK(contains(gateway.log(2).at(1), "\"reason\":\"upstream_timeout\""));
}

TEST_CASE("a request that a late head would spoil, or a client that did not ask for events, waits in silence") {
    HeldOrigin service([](std::string const&) { return "HTTP/1.1 204 No Content\r\n\r\n"; });
    QueuedGateway gateway(gpu({service.port()}, "max_requests: 1, queue: {max_wait: 300ms, comment_interval: 100ms}"));
    Busy const busy(gateway, service);
    auto const refused = [&](std::string const& request) {
        CAPTURE(request);
        auto client = gateway.connect();
        client.send(request);
        CHECK(client.read_head().starts_with("HTTP/1.1 503 "));
    };
    refused(get("/events/1"));
    refused(get("/events/1", "Accept: */*\r\n"));
    refused(get("/events/1", "Accept: application/json\r\n"));
    refused(get("/open/1", wants_events));
    std::string const json = "Content-Type: application/json\r\nContent-Length: ";
    auto const post = [](std::string_view target, std::string const& rest) {
        return fmt::format("POST {} HTTP/1.1\r\nHost: a\r\n{}", target, rest);
    };
    refused(post("/events/1", json + "16\r\n\r\n" + R"({"stream":false})"));
    refused(post("/events/1",
                 "Content-Type: text/plain\r\nContent-Length: 15\r\n\r\n"
                 R"({"stream":true})"));
    refused(post("/events/1", json + "66000\r\n\r\n" + R"({"stream":true})" + std::string(66'000 - 15, ' ')));
    refused(post("/open/1", json + "15\r\n\r\n" + R"({"stream":true})"));
    refused(get("/events/1", std::string(wants_events) + "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    refused("HEAD /events/1 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
    refused("GET /events/1 HTTP/1.0\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
}

TEST_CASE("the rest of a large body is read in its turn, behind the head that went before") {
    HeldOrigin service(events);
    QueuedGateway gateway(gpu({service.port()}, soon));
    Busy const busy(gateway, service);
    auto client = gateway.connect();
    client.send("POST /events/1 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nContent-Length: 70000\r\n\r\n" +
                std::string(69'000, 'x'));
    CHECK(contains(client.read_head(), "Connection: close\r\n"));
    CHECK(client.read_exactly(15) == comment);
    client.send(std::string(1000, 'y'));
    service.let_go(2);
    auto rest = client.read_to_end();
    while (rest.starts_with(comment)) rest.erase(0, 15);
    CHECK(contains(rest, "data: 1\n\n"));
    CHECK(rest.ends_with("data: 2\n\n\r\n0\r\n\r\n"));
    CHECK((service.received().at(1).ends_with("\r\n\r\n" + std::string(69'000, 'x') + std::string(1000, 'y'))));
}

TEST_CASE("a client that expects a 100 gets it first, sends its body, and is told to wait then") {
    HeldOrigin service(events);
    QueuedGateway gateway(gpu({service.port()}, soon));
    Busy const busy(gateway, service);
    auto client = gateway.connect();
    client.send(
        "POST /events/1 HTTP/1.1\r\nHost: a\r\nX-Request-Id: r1\r\nAccept: text/event-stream\r\n"
        "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hi");
    CHECK(undated(client.read_head()) == head);
    CHECK(client.read_exactly(15) == comment);
    service.let_go(2);
    CHECK(contains(client.read_until("0\r\n\r\n"), "data: 2\n\n"));
    CHECK(service.received().at(1).ends_with("\r\n\r\nhi"));
}

TEST_CASE("a client whose JSON asks for a stream is told to wait, whatever its Accept names") {
    HeldOrigin service(events);
    QueuedGateway gateway(gpu({service.port()}, soon));
    Busy const busy(gateway, service);
    std::string const body = R"({"model":"m","stream":true})";
    std::string const fields = "X-Request-Id: r1\r\nAccept: application/json\r\nContent-Type: application/json\r\n";
    auto const begin = "POST /events/1 HTTP/1.1\r\nHost: a\r\n" + fields;
    auto whole = gateway.connect();
    whole.send(begin + "Content-Length: 27\r\n\r\n" + body);
    auto pieces = gateway.connect();
    pieces.send(begin + "Transfer-Encoding: chunked\r\n\r\n1b\r\n" + body.substr(0, 9));
    std::this_thread::sleep_for(30ms);
    pieces.send(body.substr(9) + "\r\n0\r\n\r\n");
    for (auto* const client : {&whole, &pieces}) {
        CHECK(undated(client->read_head()) == head);
        CHECK(client->read_exactly(15) == comment);
    }
    service.let_go(3);
    CHECK(contains(whole.read_until("0\r\n\r\n"), "data: 2\n\n"));
    CHECK(contains(pieces.read_until("0\r\n\r\n"), "data: 2\n\n"));
    auto const received = service.received();
    CHECK(received.at(1).ends_with("\r\nContent-Length: 27\r\n\r\n" + body));
    CHECK(received.at(2).ends_with("\r\nTransfer-Encoding: chunked\r\n\r\n1b\r\n" + body + "\r\n0\r\n\r\n"));
}

TEST_CASE("plugins see the head that goes before the answer") {
    HeldOrigin service(events);
    QueuedGateway gateway(gpu({service.port()}, soon),
                          {.plugin_blocks = "  cors: {origins: [\"https://app.example\"]}\n",
                           .plugins = {plugin::plugin_type<cors::Cors>()}});
    Busy const busy(gateway, service);
    auto client = gateway.connect();
    client.send(get("/events/1", std::string(wants_events) + "Origin: https://app.example\r\n"));
    CHECK(contains(client.read_head(), "\r\nAccess-Control-Allow-Origin: https://app.example\r\n"));
    service.let_go(2);
    CHECK(contains(client.read_until("0\r\n\r\n"), "data: 2\n\n"));
}

}  // namespace tollgate::queued_comments_test
