// What a client says over TLS without a byte of data, and what it leaves unsaid.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <utility>

namespace tollgate::tls_silence_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false}\n"
    "  - {path: /chat, upstream: ai, protected: false, timeouts: {gap: 300ms}}\n"
    "  - {path: /long, upstream: ai, protected: false}\n";

std::string upgrade(std::string const& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
}

constexpr char const* switched =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

// The path of a certificate without its ending.
std::string written_to(TempFolder const& folder) {
    write_pair(folder, "one", certify("one.example"));
    return (folder.path() / "one").string();
}

struct World {
    explicit World(Origin::Script script) : origin(std::move(script)) {}

    TempFolder folder;
    Origin origin;
    std::string const file = written_to(folder);
    Gateway gateway{origin.port(),
                    {.routes = routes,
                     .further = "timeouts: {stall: 300ms}\n",
                     .listen = "[{address: '127.0.0.1:0', tls: {certificates: [{certificate: " + file +
                               ".pem, key: " + file + ".key}]}}]"}};
};

// Renews the keys of `client` twenty times a second, and says nothing else, until the gateway has ended the exchange:
// what the log says of it. Empty when it does not end.
std::string log_of(World& world, TlsSocket& client) {
    std::jthread const talk([&client](std::stop_token const& over) {
        while (!over.stop_requested() && client.update_key()) ::usleep(50'000);
    });
    auto const lines = world.gateway.log(1);
    return lines.empty() ? std::string() : lines[0];
}

}  // namespace

TEST_CASE("a body that does not come is not waited for longer because the client renews its keys") {
    World world(Origin::always(ok("hello")));
    TlsSocket client(world.gateway.port());
    client.send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
    CHECK(contains(log_of(world, client), "\"reason\":\"request_timeout\""));
}

TEST_CASE("a tunnel in which nobody says a word is ended although the client renews its keys") {
    World world([](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched);
        socket.read_to_end();
    });
    TlsSocket client(world.gateway.port());
    client.send(upgrade("/chat"));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    CHECK(contains(log_of(world, client), "\"reason\":\"tunnel_idle\""));
}

TEST_CASE("a client that breaks off without a word does not look to the service as if it had said all") {
    std::promise<bool> broke;
    World world([&broke](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched);
        CHECK(socket.read_exactly(5) == "pay 1");
        broke.set_value(socket.breaks());
    });
    TlsSocket client(world.gateway.port());
    client.send(upgrade("/long"));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    client.send("pay 1");
    ::usleep(100'000);
    client.finish_sending();  // of TCP: anybody on the way can do that
    CHECK(broke.get_future().get());
    CHECK(contains(world.gateway.log(1).at(0), "\"ending\":\"client_gone\""));
}

}  // namespace tollgate::tls_silence_test
