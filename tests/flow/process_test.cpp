// Drain and reload: what is under way is finished, what is new is refused or meets the new configuration.
#include "plugin/plugin_type.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <future>

namespace tollgate::process_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: ai, protected: false}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

struct Paused {
    std::promise<void> arrived;
    std::promise<void> go_on;
    Origin origin{[this](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        arrived.set_value();
        go_on.get_future().wait_for(std::chrono::seconds(10));
        socket.try_send("1\r\nb\r\n0\r\n\r\n");
    }};
};

// Returns when the drain has begun, and whoever came before has heard of it: an idle connection has ended.
std::future<void> begin_to_drain(Gateway& gateway) {
    auto idle = gateway.connect();
    idle.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(idle.read_message().starts_with("HTTP/1.1 404 "));
    auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
    CHECK(idle.ends());
    return stopped;
}

}  // namespace

TEST_CASE("a drain finishes what is in flight, ends idle connections and accepts no more") {
    Paused paused;
    Gateway gateway(paused.origin.port(), {.routes = routes});
    auto streaming = gateway.connect();
    streaming.send(get);
    paused.arrived.get_future().wait();
    auto stopped = begin_to_drain(gateway);
    CHECK_THROWS(Socket::connect(gateway.port()));
    paused.go_on.set_value();
    CHECK(streaming.read_to_end().ends_with("1\r\na\r\n1\r\nb\r\n0\r\n\r\n"));
    stopped.get();
}

TEST_CASE("a drain leaves a connection alone that stays only so that its last words are heard") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nsome");
    CHECK(gateway.log(1).size() == 1);
    auto stopped = begin_to_drain(gateway);
    for (int i = 0; i < 10; ++i) {
        CHECK(client.try_send("more"));  // to a closed connection only the first would go
        ::usleep(5'000);
    }
    auto const answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 404 "));
    CHECK(contains(answer, "\r\nConnection: close\r\n"));
    CHECK(answer.ends_with("}"));
    client.close();
    stopped.get();
}

TEST_CASE("a drain answers all that have connected and asked before") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes, .workers = 2});
    std::vector<Socket> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(gateway.connect());
    for (auto& client : clients) client.send(get);
    auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
    for (auto& client : clients) CHECK(client.read_to_end().starts_with("HTTP/1.1 200 "));
    stopped.get();
}

TEST_CASE("who has connected and not asked yet may do so when a drain has begun") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    auto stopped = begin_to_drain(gateway);
    client.send(get);
    auto const answer = client.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(contains(answer, "\r\nConnection: close\r\n"));
    stopped.get();
}

TEST_CASE("a drain does not wait for long for whoever has connected and asks nothing") {
    Gateway gateway(1, {.routes = routes, .drain = "1m"});
    auto client = gateway.connect();
    auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
    CHECK(client.ends());
    CHECK(stopped.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
}

TEST_CASE("an answer that begins during a drain says that the connection ends") {
    std::promise<void> arrived;
    std::promise<void> go_on;
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        arrived.set_value();
        go_on.get_future().wait_for(std::chrono::seconds(10));
        socket.send(ok("fine"));
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(get);
    arrived.get_future().wait();
    auto stopped = begin_to_drain(gateway);
    go_on.set_value();
    CHECK(client.read_to_end().find("Connection: close\r\n") != std::string::npos);
    stopped.get();
}

TEST_CASE("what has not ended when the drain's time is over is cut, and the log says so") {
    Paused paused;
    Gateway gateway(paused.origin.port(), {.routes = routes});
    auto streaming = gateway.connect();
    streaming.send(get);
    paused.arrived.get_future().wait();
    gateway.stop();
    CHECK_FALSE(streaming.read_to_end().ends_with("0\r\n\r\n"));
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("\"ending\":\"drained\"") != std::string::npos);
    paused.go_on.set_value();
}

TEST_CASE("a reload changes routes without touching what is in flight; a bad file changes nothing") {
    Paused paused;
    Gateway gateway(paused.origin.port(), {.routes = routes, .workers = 2});
    auto streaming = gateway.connect();
    streaming.send(get);
    paused.arrived.get_future().wait();

    CHECK_FALSE(gateway.reload("  - {path: /new, upstream: nobody}\n"));
    CHECK(gateway.ask("GET /new HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404 "));
    CHECK(gateway.reload("  - {path: /new, upstream: ai}\n"));
    CHECK(gateway.ask("GET /new HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 401 "));
    CHECK(gateway.ask(get).starts_with("HTTP/1.1 404 "));

    paused.go_on.set_value();
    CHECK(streaming.read_message().ends_with("1\r\nb\r\n0\r\n\r\n"));
}

TEST_CASE("a connection that was idle while the configuration was replaced serves the next request") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_message().starts_with("HTTP/1.1 404 "));
    auto half = gateway.connect();
    half.send("GET /nothing HTTP/1.1\r\n");
    CHECK(gateway.reload(routes));
    CHECK(gateway.reload("  - {path: /new, upstream: ai, protected: false}\n"));
    CHECK(gateway.ask("GET /new HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 200 "));  // the worker has it
    client.send("GET /new HTTP/1.1\r\n");
    client.send("Host: a\r\n\r\n");
    CHECK(client.read_message().starts_with("HTTP/1.1 200 "));
    half.send("Host: a\r\n\r\n");
    CHECK(half.read_message().starts_with("HTTP/1.1 404 "));
}

TEST_CASE("a head that had begun when the limit was lowered is refused by the new one") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send("GET /open HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x'));
    CHECK(gateway.ask(get).starts_with("HTTP/1.1 200 "));  // a turn later: the worker has read what was sent before
    CHECK(gateway.reload_further("limits: {head: 1KiB, target: 256}\n"));
    CHECK(gateway.ask(get).starts_with("HTTP/1.1 200 "));
    client.send("x");
    CHECK(client.read_message().starts_with("HTTP/1.1 431 "));
}

TEST_CASE("a reload during a drain is refused at once, and a second stop ends it all the same") {
    Paused paused;
    Gateway gateway(paused.origin.port(), {.routes = routes, .drain = "1m"});
    auto streaming = gateway.connect();
    streaming.send(get);
    paused.arrived.get_future().wait();
    auto stopped = begin_to_drain(gateway);
    auto const began = std::chrono::steady_clock::now();
    CHECK_FALSE(gateway.server().reload());
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(1));
    gateway.server().stop();
    stopped.get();
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    CHECK_FALSE(gateway.server().reload());  // nor when it has ended
    CHECK_FALSE(streaming.read_to_end().ends_with("0\r\n\r\n"));
    paused.go_on.set_value();
}

namespace {

std::promise<void>* opening = nullptr;   // told once a plugin opens
std::promise<void>* may_open = nullptr;  // waited for by it

// Takes its time to open, when a test wants it to.
class Slow final : public plugin::Opening, public plugin::FinishHook {
public:
    static constexpr std::string_view name = "slow";
    static constexpr std::string_view summary = "for tests";
    static settings::Checked<std::unique_ptr<Slow>> make(plugin::Setup&) { return std::make_unique<Slow>(); }

    std::expected<void, std::string> open() override {
        if (opening) {
            opening->set_value();
            may_open->get_future().wait_for(std::chrono::seconds(20));
        }
        return {};
    }
    void on_finish(plugin::Exchange const&, plugin::Summary const&) const noexcept override {}
};

}  // namespace

TEST_CASE("a drain waits for no reload, and what the reload built is not put to use") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(),
                    {.routes = routes, .plugin_blocks = "  slow: {}\n", .plugins = {plugin::plugin_type<Slow>()}});
    std::promise<void> begun;
    std::promise<void> go_on;
    opening = &begun;
    may_open = &go_on;
    auto reloaded = std::async(std::launch::async, [&] { return gateway.reload(routes); });
    begun.get_future().wait();
    auto const began = std::chrono::steady_clock::now();
    gateway.stop();
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
    go_on.set_value();
    CHECK_FALSE(reloaded.get());
    opening = nullptr;
}

}  // namespace tollgate::process_test
