// The limit plugin in a running gateway: a place that a request took is free again whatever its end.
#include "limit/limit.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <vector>

namespace tollgate::limit_test {
using namespace tollgate::testing;

namespace {

std::atomic<plugin::Services*> services{nullptr};  // of the gateway under test

// Cuts the answers that say so, and gives the test a way to end exchanges.
class Breaker final : public plugin::ResponseBodyHook {
public:
    static constexpr std::string_view name = "breaker";
    static constexpr std::string_view summary = "for tests";
    static settings::Checked<std::unique_ptr<Breaker>> make(plugin::Setup& setup) {
        services = &setup.services;
        return std::make_unique<Breaker>();
    }
    plugin::Flow on_response_body(plugin::Exchange&, plugin::Chunk chunk) const override {
        return std::string_view(chunk.data(), chunk.size()).contains("cut me") ? plugin::Flow::cut : plugin::Flow::go;
    }
};

constexpr char const* routes =
    "  - {path: /one, upstream: ai, body_limit: 1KiB, timeouts: {first_byte: 2s, gap: 2s}}\n"
    "  - {path: /hasty, upstream: ai, timeouts: {first_byte: 1s, gap: 1s}}\n"
    "  - {path: /total, upstream: ai, timeouts: {total: 1s}}\n";

GatewayOptions limited(std::string const& block) {
    return {.routes = routes,
            .further = "timeouts: {stall: 1s}\n",
            .plugin_blocks = "  limit: {" + block + "}\n  breaker: {}\n",
            .plugins = {plugin::plugin_type<limit::Limit>(), plugin::plugin_type<Breaker>()}};
}

std::string request(std::string const& method, std::string const& path, std::string const& rest) {
    return method + " " + path + " HTTP/1.1\r\nHost: a\r\n" + bearer("7") + rest;
}

// One way for a request to end, from the point at which it runs.
struct Scene {
    char const* what;
    std::string path;
    std::string first;                                // what the client begins with
    std::string origin_says;                          // at once
    std::function<void(Socket& origin)> origin_ends;  // then, when it is told to
    std::function<void(Socket& client)> client_ends;
    char const* ending;  // what the log says of it
    char const* reason;  // empty: nothing
};

void nothing(Socket&) {}
void says_fine(Socket& origin) { origin.send(ok("fine")); }
void closes(Socket& socket) { socket.close(); }
void resets(Socket& socket) { socket.reset(); }
void waits(Socket& socket) { socket.read_to_end(); }
void reads_one(Socket& client) { client.read_message(); }
void waits_and_closes(Socket& client) { client.read_to_end(), client.close(); }

auto sends(std::string const& bytes) {
    return [bytes](Socket& socket) { socket.try_send(bytes), socket.read_to_end(); };
}

std::string const begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n";
std::string const switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
std::string const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
std::string const chunked = "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n";

std::vector<Scene> answered() {
    return {
        {"it is answered", "/one", "\r\n", "", says_fine, reads_one, "complete", ""},
        {"the client leaves before the answer", "/one", "\r\n", "", waits, closes, "client_gone", "client_gone"},
        {"the client leaves within the answer", "/one", "\r\n", begun, waits, closes, "client_gone", "client_gone"},
        {"the client resets within the answer", "/one", "\r\n", begun, waits, resets, "client_gone", "client_gone"},
        {"the service closes without an answer", "/one", "\r\n", "", closes, reads_one, "upstream_failed",
         "upstream_failed"},
        {"the service speaks nonsense", "/one", "\r\n", "", sends("nonsense\r\n\r\n"), nothing, "upstream_failed",
         "upstream_bad_response"},
        {"the service breaks off", "/one", "\r\n", begun, closes, waits, "upstream_failed", "upstream_failed"},
        {"the service breaks the coding", "/one", "\r\n", begun, sends("z\r\n"), waits, "upstream_failed",
         "upstream_bad_response"},
        {"the service is silent", "/hasty", "\r\n", "", waits, nothing, "timed_out", "upstream_timeout"},
        {"the service stops", "/hasty", "\r\n", begun, waits, nothing, "timed_out", "upstream_timeout"},
        {"its time is over", "/total", "\r\n", begun, waits, nothing, "timed_out", "upstream_timeout"},
        {"a plugin cuts it", "/one", "\r\n", begun, sends("6\r\ncut me\r\n"), waits, "cut_by_plugin", "cut_by_plugin"},
        {"it is revoked", "/one", "\r\n", begun, waits,
         [](Socket&) { services.load()->end_exchanges([](plugin::Exchange const&) { return true; }); }, "revoked",
         "token_revoked"},
    };
}

std::vector<Scene> uploading_or_switched() {
    return {
        {"the upload is too large", "/one", chunked, "", waits, sends("600\r\n" + std::string(0x600, 'x')), "complete",
         "body_too_large"},
        {"the upload breaks its coding", "/one", chunked, "", waits, sends("nonsense\r\n"), "complete",
         "bad_request_framing"},
        {"the upload stops", "/one", chunked, "", waits, nothing, "timed_out", "request_timeout"},
        {"the client leaves within the upload", "/one", chunked, "", waits, closes, "client_gone", "client_gone"},
        {"the service answers early", "/one", chunked, "", sends(ok("early")), waits, "complete", ""},
        {"a tunnel that the client ends", "/one", upgrade, switched, waits, closes, "complete", ""},
        {"a tunnel that the service ends", "/one", upgrade, switched, closes, waits_and_closes, "complete", ""},
        {"a tunnel that the service breaks", "/one", upgrade, switched, resets, waits, "upstream_failed",
         "upstream_failed"},
        {"a tunnel in which nobody speaks", "/hasty", upgrade, switched, waits, nothing, "timed_out", "tunnel_idle"},
    };
}

// The line of the request that named itself `id`, once it is there.
std::string line_of(Gateway const& gateway, std::string const& id) {
    for (int tries = 0; tries < 300; ++tries) {
        for (auto const& line : gateway.log(1)) {
            if (contains(line, "\"request_id\":\"" + id + "\"")) return line;
        }
        ::usleep(10'000);
    }
    return {};
}

void play(Scene const& scene) {
    CAPTURE(scene.what);
    std::promise<void> arrived;
    std::promise<void> go_on;
    std::atomic<int> number{0};
    Origin origin([&](Origin& from, Socket& socket) {
        if (number++ > 0) {
            while (!from.receive(socket).empty()) socket.send(ok("next"));
            return;
        }
        socket.read_head();
        if (!scene.origin_says.empty()) socket.send(scene.origin_says);
        arrived.set_value();
        go_on.get_future().wait();
        scene.origin_ends(socket);
    });
    Gateway gateway(origin.port(), limited("concurrent: 1"));
    auto const next = request("GET", scene.path, "\r\n");
    auto client = gateway.connect();
    client.send(request(contains(scene.first, "chunked") ? "POST" : "GET", scene.path,
                        "X-Request-Id: scene\r\n" + scene.first));
    arrived.get_future().wait();
    auto const refused = gateway.ask(next);
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(contains(refused, "\"reason\":\"concurrency_limited\""));
    CHECK(contains(refused, "Retry-After: "));
    go_on.set_value();
    scene.client_ends(client);
    auto const line = line_of(gateway, "scene");
    CHECK(contains(line, "\"ending\":\"" + std::string(scene.ending) + "\""));
    std::string const reason = scene.reason;
    CHECK(contains(line, reason.empty() ? "" : "\"reason\":\"" + reason + "\""));
    CHECK(contains(line, "\"reason\":") == !reason.empty());
    CHECK(gateway.ask(next).ends_with("\r\n\r\nnext"));  // at once: the line is written when the place is free
}

}  // namespace

TEST_CASE("the place of a running request is held until its end, and free again whatever that is") {
    for (auto const& scene : answered()) play(scene);
    for (auto const& scene : uploading_or_switched()) play(scene);
}

TEST_CASE("a place on one route is none on another") {
    std::promise<void> arrived;
    std::promise<void> go_on;
    std::atomic<int> number{0};
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        if (number++ == 0) {
            arrived.set_value();
            go_on.get_future().wait();
        }
        socket.send(ok("fine"));
    });
    Gateway gateway(origin.port(), limited("concurrent: 1"));
    auto client = gateway.connect();
    client.send(request("GET", "/one", "\r\n"));
    arrived.get_future().wait();
    CHECK(gateway.ask(request("GET", "/one", "\r\n")).starts_with("HTTP/1.1 429 "));
    CHECK(gateway.ask(request("GET", "/hasty", "\r\n")).starts_with("HTTP/1.1 200 "));
    go_on.set_value();
    CHECK(client.read_message().starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a user who asks too often is told when to come back, on every worker, over a reload, and others are not") {
    Origin origin(Origin::always(ok("fine")));
    auto options = limited("requests: 3/1h");
    options.workers = 2;
    Gateway gateway(origin.port(), std::move(options));
    for (int left = 2; left >= 0; --left) {
        auto const answer = gateway.ask(request("GET", "/one", "\r\n"));
        CHECK(answer.starts_with("HTTP/1.1 200 "));
        CHECK(contains(answer, "x-ratelimit-limit-requests: 3\r\n"));
        CHECK(contains(answer, "x-ratelimit-remaining-requests: " + std::to_string(left) + "\r\n"));
        if (left == 1) CHECK(gateway.reload(routes));
    }
    auto const refused = gateway.ask(request("GET", "/one", "\r\n"));
    CHECK(refused.starts_with("HTTP/1.1 429 "));
    CHECK(contains(refused, "\"reason\":\"rate_limited\""));
    CHECK(contains(refused, "x-ratelimit-remaining-requests: 0\r\n"));
    CHECK(contains(refused, "Retry-After: "));
    CHECK(origin.received().size() == 3);
    auto const another = "GET /one HTTP/1.1\r\nHost: a\r\n" + bearer("8") + "\r\n";
    CHECK(gateway.ask(another).starts_with("HTTP/1.1 200 "));
}

}  // namespace tollgate::limit_test
