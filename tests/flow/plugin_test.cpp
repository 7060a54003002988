// The plugin interface in a running gateway: every phase, in order, once, and closed when a hook breaks.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace tollgate::plugin_test {
using namespace tollgate::testing;

namespace {

std::atomic<int> finished{0};
std::atomic<plugin::Services*> services{nullptr};  // of the gateway under test
std::atomic<bool> lingering{false};                // a plugin waits
std::atomic<bool> go_on{false};                    // it shall wait no longer

plugin::asio::awaitable<void> linger() {
    lingering = true;
    boost::asio::steady_timer timer(co_await plugin::asio::this_coro::executor);
    while (!go_on) {
        timer.expires_after(std::chrono::milliseconds(2));
        co_await timer.async_wait(plugin::asio::use_awaitable);
    }
}

// Does what the header X-Do of a request says.
class Obedient final : public plugin::PreflightHook,
                       public plugin::RequestHook,
                       public plugin::RequestBodyHook,
                       public plugin::ResponseHook,
                       public plugin::ResponseBodyHook,
                       public plugin::FinishHook,
                       public plugin::Endpoints,
                       public plugin::Endpoint {
public:
    static constexpr std::string_view name = "obedient";
    static constexpr std::string_view summary = "for tests";

    static settings::Checked<std::unique_ptr<Obedient>> make(plugin::Setup& setup) {
        services = &setup.services;
        auto made = std::make_unique<Obedient>();
        made->count_ = setup.slots.reserve<int>();
        return made;
    }

    std::optional<plugin::Reply> on_preflight(plugin::Exchange& exchange) const override {
        auto const order = exchange.request().fields.find("X-Do");
        if (order == "throw") throw std::runtime_error("as told");
        if (order == "pass") return {};
        return http::Reply{.status = 204}.with("X-Preflight", exchange.route->pattern);
    }
    plugin::Verdict on_request(plugin::Exchange& exchange) const override {
        ++exchange.slot(*count_);
        auto const order = exchange.request().fields.find("X-Do");
        if (order == "throw") throw std::runtime_error("as told");
        if (order == "answer") return plugin::Verdict::answer(http::Reply::json("{}").with("X-By", "obedient"));
        if (order == "refuse") return plugin::Verdict::answer(http::Reply::problem(errc::queue_full));
        if (order == "refuse-long")
            return plugin::Verdict::answer(http::Reply::problem(errc::queue_full).retry_after(std::chrono::seconds(9)));
        if (order == "wait") return plugin::Verdict::wait(wait());
        if (order == "linger") return plugin::Verdict::wait(linger_and_pass());
        return plugin::Verdict::pass();
    }
    plugin::Flow on_request_body(plugin::Exchange& exchange, plugin::Chunk chunk) const override {
        exchange.slot(*count_) += static_cast<int>(chunk.size());
        return flow_of(exchange, "request");
    }
    void on_response(plugin::Exchange& exchange, plugin::ResponseHead& head) const override {
        if (exchange.request().fields.find("X-Do") == "throw-late") throw std::runtime_error("as told");
        (void)head.fields.add(exchange.arena(), "X-Count", std::to_string(exchange.slot(*count_)));
    }
    plugin::Flow on_response_body(plugin::Exchange& exchange, plugin::Chunk) const override {
        return flow_of(exchange, "response");
    }
    void on_finish(plugin::Exchange const&, plugin::Summary const&) const noexcept override { ++finished; }

    std::vector<plugin::EndpointRoute> endpoints() const override { return {{"POST", "/own", Access::open, this}}; }
    std::size_t body_limit() const override { return 100; }
    plugin::asio::awaitable<plugin::Reply> serve(plugin::Exchange&, std::string body) const override {
        if (body == "linger") co_await linger();
        if (body == "throw") throw std::runtime_error("as told");
        co_return http::Reply::json(http::json_quoted(body));
    }

private:
    static plugin::Flow flow_of(plugin::Exchange& exchange, std::string const& body) {
        auto const order = exchange.request().fields.find("X-Do");
        if (order == "throw-in-" + body) throw std::runtime_error("as told");
        return order == "cut-" + body ? plugin::Flow::cut : plugin::Flow::go;
    }
    static plugin::asio::awaitable<plugin::Verdict> wait() {
        co_await plugin::asio::post(co_await plugin::asio::this_coro::executor, plugin::asio::use_awaitable);
        co_return plugin::Verdict::pass();
    }
    static plugin::asio::awaitable<plugin::Verdict> linger_and_pass() {
        co_await linger();
        co_return plugin::Verdict::pass();
    }
    std::optional<plugin::Slot<int>> count_;
};

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false}\n"
    "  - {path: /guarded, methods: [POST], upstream: ai}\n"
    "  - {host: open.example, path: /*, upstream: ai, protected: false}\n";

GatewayOptions with_plugin() {
    return {.routes = routes, .plugin_blocks = "  obedient: {}\n", .plugins = {plugin::plugin_type<Obedient>()}};
}

std::string ask_to(std::string const& order) {
    return "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nX-Do: " + order + "\r\n\r\nbody";
}

}  // namespace

TEST_CASE("hooks pass, answer, wait and see the body; each exchange has its own slot and finishes once") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    finished = 0;
    for (int i = 0; i < 2; ++i) {
        auto const passed = gateway.ask(ask_to("nothing"));
        CHECK(passed.find("X-Count: 5\r\n") != std::string::npos);  // one request hook, four body bytes
    }
    CHECK(gateway.ask(ask_to("wait")).find("X-Count: 5\r\n") != std::string::npos);
    auto const answered = gateway.ask(ask_to("answer"));
    CHECK(answered.find("X-By: obedient\r\n") != std::string::npos);
    CHECK(answered.find("X-Count: 1\r\n") != std::string::npos);
    CHECK(gateway.log(4).size() == 4);
    CHECK(finished == 4);
    CHECK(origin.received().size() == 3);
}

TEST_CASE("a problem says when to come back: as the plugin has it, or in a second") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    struct Row {
        std::string order;
        std::string field;
    };
    for (auto const& [order, field] :
         {Row{"refuse", "\r\nRetry-After: 1\r\n"}, Row{"refuse-long", "\r\nRetry-After: 9\r\n"}}) {
        CAPTURE(order);
        auto const answer = gateway.ask(ask_to(order));
        CHECK(answer.starts_with("HTTP/1.1 503 "));
        CHECK(contains(answer, field));
        CHECK(count_of(answer, "Retry-After") == 1);
        CHECK(contains(answer, "\"reason\":\"queue_full\""));
    }
}

TEST_CASE("what a service calls its hop's own cannot take away what a plugin wrote") {
    std::string const named = "Connection: X-Count, X-Hop, Upgrade\r\nX-Hop: 1\r\nX-Count: 99\r\n";
    Origin origin([&named](Origin& from, Socket& socket) {
        for (std::string message; !(message = from.receive(socket)).empty();) {
            if (message.find("Upgrade: websocket") == std::string::npos) {
                socket.send("HTTP/1.1 200 OK\r\n" + named + "Content-Length: 0\r\n\r\n");
                continue;
            }
            socket.send("HTTP/1.1 101 Switching Protocols\r\n" + named + "Upgrade: websocket\r\n\r\n");
            socket.close();
            return;
        }
    });
    Gateway gateway(origin.port(), with_plugin());
    for (std::string const fields : {"", "Connection: Upgrade\r\nUpgrade: websocket\r\n"}) {
        CAPTURE(fields);
        auto client = gateway.connect();
        client.send("GET /open HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
        auto const head = client.read_head();
        CHECK(head.find("X-Count: 1\r\n") != std::string::npos);
        CHECK(head.find("X-Count: 99") == std::string::npos);
        CHECK(head.find("X-Hop") == std::string::npos);
    }
}

TEST_CASE("a hook that throws is 500 and nothing else breaks") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    finished = 0;
    for (std::string const order : {"throw", "throw-late"}) {
        CAPTURE(order);
        auto const answer = gateway.ask(ask_to(order));
        CHECK(answer.starts_with("HTTP/1.1 500 "));
        CHECK(answer.find("as told") == std::string::npos);
        CHECK(answer.find("\"reason\":\"internal_error\"") != std::string::npos);
    }
    CHECK(gateway.ask(ask_to("nothing")).starts_with("HTTP/1.1 200 "));
    CHECK(gateway.log(3).size() == 3);
    CHECK(finished == 3);
}

TEST_CASE(
    "a response hook that throws at every answer, ours too, is passed by in the end, and the exchange is logged") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    finished = 0;
    auto const answer = gateway.ask("GET /nothing HTTP/1.1\r\nHost: a\r\nX-Do: throw-late\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 500 "));
    CHECK(answer.find("as told") == std::string::npos);
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("\"status\":500") != std::string::npos);
    CHECK(finished == 1);
}

TEST_CASE("a body hook that cuts is 403, one that throws 500, as long as no head of an answer went out") {
    struct Row {
        std::string order;
        std::string status;
        std::string reason;
        std::string ending;
    };
    for (auto const& row : {
             Row{"cut-request", "403", "cut_by_plugin", "cut_by_plugin"},
             Row{"throw-in-request", "500", "internal_error", "complete"},
             Row{"cut-response", "403", "cut_by_plugin", "cut_by_plugin"},
             Row{"throw-in-response", "500", "internal_error", "complete"},
         }) {
        for (bool const in_pieces : {false, true}) {
            CAPTURE(row.order);
            CAPTURE(in_pieces);
            Origin origin(Origin::always(ok("fine")));
            Gateway gateway(origin.port(), with_plugin());
            auto client = gateway.connect();
            auto const request = ask_to(row.order);
            if (in_pieces) {
                client.send(request.substr(0, request.size() - 4));
                while (origin.connections() == 0) ::usleep(1'000);  // the head is on its way without a body
                client.try_send("body");
            } else {
                client.send(request);
            }
            auto const answer = client.read_message();
            CHECK(answer.starts_with("HTTP/1.1 " + row.status + " "));
            CHECK(answer.find("\"reason\":\"" + row.reason + "\"") != std::string::npos);
            CHECK(answer.find("fine") == std::string::npos);
            auto const lines = gateway.log(1);
            REQUIRE(lines.size() == 1);
            CHECK(lines[0].find("\"status\":" + row.status) != std::string::npos);
            CHECK(lines[0].find("\"reason\":\"" + row.reason + "\"") != std::string::npos);
            CHECK(lines[0].find("\"ending\":\"" + row.ending + "\"") != std::string::npos);
        }
    }
}

TEST_CASE("an endpoint gets the whole body, within its bound") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    auto client = gateway.connect();
    client.send("POST /own HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send("2\r\nde\r\n0\r\n\r\n");
    CHECK(client.read_message().ends_with("\r\n\r\n\"abcde\""));
    client.send("POST /own HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK(client.read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hi");
    CHECK(client.read_message().ends_with("\r\n\r\n\"hi\""));
    client.send("POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
    CHECK(client.read_message().starts_with("HTTP/1.1 413 "));
    CHECK(origin.received().empty());
}

TEST_CASE("what ends an exchange while a plugin works is heeded when the plugin is done, and logged once") {
    std::string const to_endpoint = "POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nlinger";
    for (auto const& request : {to_endpoint, ask_to("linger")}) {
        for (bool const revoked : {true, false}) {
            CAPTURE(request);
            CAPTURE(revoked);
            Origin origin(Origin::always(ok("fine")));
            Gateway gateway(origin.port(), with_plugin());
            finished = 0;
            lingering = go_on = false;
            auto client = gateway.connect();
            client.send(request);
            while (!lingering) ::usleep(1'000);
            if (revoked) services.load()->end_exchanges([](plugin::Exchange const&) { return true; });
            else client.reset();
            ::usleep(50'000);  // until the worker knows
            go_on = true;
            if (revoked) CHECK(client.read_message().starts_with("HTTP/1.1 401 "));
            auto const lines = gateway.log(1);
            REQUIRE(lines.size() == 1);
            CHECK(lines[0].find(revoked ? "\"status\":401" : "\"status\":499") != std::string::npos);
            CHECK(lines[0].find(revoked ? "\"reason\":\"token_revoked\"" : "\"reason\":\"client_gone\"") !=
                  std::string::npos);
            gateway.stop();
            CHECK(gateway.log(1).size() == 1);  // all is written by now
            CHECK(finished == 1);
            CHECK(origin.connections() == 0);
        }
    }
}

TEST_CASE("a second stop waits for no plugin") {
    Origin origin(Origin::always(ok("fine")));
    auto options = with_plugin();
    options.workers = 4;
    options.drain = "1m";
    Gateway gateway(origin.port(), options);
    lingering = go_on = false;
    auto client = gateway.connect();
    client.send(ask_to("linger"));
    while (!lingering) ::usleep(1'000);
    auto const began = std::chrono::steady_clock::now();
    gateway.server().stop();
    gateway.stop();
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(4));
}

TEST_CASE("an endpoint that throws is 500, and the connection ends") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    auto client = gateway.connect();
    client.send("POST /own HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nthrow");
    auto const answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 500 "));
    CHECK(answer.find("as told") == std::string::npos);
    CHECK(answer.find("X-Count: 1\r\n") != std::string::npos);  // the response hooks have seen it
}

TEST_CASE("a preflight is answered before anybody asks for a token, when a route admits what it is about") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    auto const preflight = [&](std::string const& path, std::string const& fields) {
        return gateway.ask("OPTIONS " + path + " HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n" + fields +
                           "\r\n");
    };
    auto const asks_post = "Access-Control-Request-Method: POST\r\n";
    auto const answered = preflight("/guarded", asks_post);
    CHECK(answered.starts_with("HTTP/1.1 204 No Content\r\n"));
    CHECK(answered.find("X-Preflight: /guarded\r\n") != std::string::npos);
    CHECK(answered.find("Content-Length") == std::string::npos);
    CHECK(answered.ends_with("\r\n\r\n"));
    CHECK(preflight("/open", asks_post).starts_with("HTTP/1.1 204 "));
    CHECK(preflight("/own", asks_post).starts_with("HTTP/1.1 204 "));

    CHECK(preflight("/guarded", "Access-Control-Request-Method: PUT\r\n").starts_with("HTTP/1.1 405 "));
    CHECK(preflight("/nowhere", asks_post).starts_with("HTTP/1.1 404 "));
    CHECK(preflight("/guarded", "").starts_with("HTTP/1.1 405 "));
    CHECK(preflight("/guarded", std::string(asks_post) + "X-Do: pass\r\n").starts_with("HTTP/1.1 405 "));
    CHECK(preflight("/guarded", std::string(asks_post) + "X-Do: throw\r\n").starts_with("HTTP/1.1 500 "));
    CHECK(origin.received().empty());
    CHECK(preflight("/open", std::string(asks_post) + "X-Do: pass\r\n").starts_with("HTTP/1.1 200 "));
    CHECK(origin.received().size() == 1);  // the route takes OPTIONS itself
}

TEST_CASE("an endpoint answers on every host, whatever a route of that host covers") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_plugin());
    auto const ask = [&](std::string const& path) {
        return gateway.ask("POST " + path + " HTTP/1.1\r\nHost: open.example\r\nContent-Length: 6\r\n\r\nsecret");
    };
    CHECK(ask("/own").ends_with("\r\n\r\n\"secret\""));
    CHECK(origin.received().empty());
    CHECK(ask("/other").ends_with("\r\n\r\nfine"));
}

}  // namespace tollgate::plugin_test
