// Connections that change their protocol: who may, what is passed on, and how they end.
#include "support/bulk.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/pipes.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <unistd.h>

#include <future>
#include <string>
#include <thread>
#include <utility>

namespace tollgate::upgrade_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /chat, upstream: ai, timeouts: {gap: 5s}}\n"
    "  - {path: /open, upstream: ai, protected: false, timeouts: {gap: 300ms}}\n";

constexpr char const* switched =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";

std::string ask_for(std::string const& path, std::string const& fields) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string const upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n";

// Changes the protocol, then says everything back, "<" before each byte.
void echo(Origin& from, Socket& socket) {
    from.receive(socket);
    socket.send(std::string(switched) + "hello");  // the first words come with the head
    for (;;) socket.send("<" + socket.read_exactly(1));
}

}  // namespace

TEST_CASE("after a 101 bytes go both ways untouched, those that came early too, and all are counted") {
    Origin origin(echo);
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(ask_for("/chat", bearer("7") + upgrade + "X-User-Id: somebody\r\n") + "a");
    auto const head = client.read_head();
    CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    CHECK(contains(head, "Connection: Upgrade\r\n"));
    CHECK(contains(head, "Upgrade: websocket\r\n"));
    CHECK(contains(head, "Sec-WebSocket-Accept: x\r\n"));
    CHECK(client.read_exactly(7) == "hello<a");
    client.send("\r\n\r\n");
    CHECK(client.read_exactly(8) == "<\r<\n<\r<\n");
    client.finish_sending();
    CHECK(client.ends());
    auto const received = origin.received();
    REQUIRE(received.size() == 1);
    CHECK(contains(received[0], "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    CHECK(contains(received[0], "Sec-WebSocket-Key: abc\r\n"));
    CHECK(contains(received[0], "X-User-Id: 7\r\n"));
    CHECK_FALSE(contains(received[0], "somebody"));
    CHECK_FALSE(contains(received[0], "keep-alive"));
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], "\"status\":101"));
    CHECK(contains(lines[0], "\"bytes_received\":5,\"bytes_sent\":15"));
    CHECK(contains(lines[0], "\"ending\":\"complete\""));
}

TEST_CASE("the token is checked before the protocol changes") {
    Origin origin(echo);
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway.ask(ask_for("/chat", upgrade)).starts_with("HTTP/1.1 401 "));
    CHECK(origin.connections() == 0);
}

TEST_CASE("a protocol that carries requests is refused, and the connection ends") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    for (std::string const fields :
         {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n",
          "Upgrade: h2c\r\n", "Connection: upgrade\r\nUpgrade: websocket, H2C\r\n",
          "Connection: upgrade\r\nUpgrade: TLS/1.0\r\n"}) {
        CAPTURE(fields);
        auto client = gateway.connect();
        client.send(ask_for("/open", fields));
        auto const answer = client.read_to_end();
        CHECK(answer.starts_with("HTTP/1.1 400 "));
        CHECK(contains(answer, "\"reason\":\"upgrade_refused\""));
    }
    CHECK(origin.received().empty());
}

TEST_CASE("a service that changes to what nobody asked for is 502, and what it says then reaches nobody") {
    for (std::string const answer :
         {"HTTP/1.1 101 Switching Protocols\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket, echo\r\n\r\n"}) {
        CAPTURE(answer);
        Origin origin([&](Origin& from, Socket& socket) {
            from.receive(socket);
            socket.send(answer + ok("forged"));
            socket.read_to_end();
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto const got = gateway.ask(ask_for("/open", upgrade));
        CHECK(got.starts_with("HTTP/1.1 502 "));
        CHECK_FALSE(contains(got, "forged"));
        CHECK(gateway.ask(ask_for("/open", upgrade)).starts_with("HTTP/1.1 502 "));
        CHECK(origin.connections() == 2);
    }
}

TEST_CASE("a service may decline: the answer is one as any other, and the connections live on") {
    Origin origin(Origin::always(ok("no")));
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    for (int i = 0; i < 2; ++i) {
        client.send(ask_for("/open", upgrade));
        CHECK(client.read_message().ends_with("\r\n\r\nno"));
    }
    CHECK(origin.connections() == 1);
}

TEST_CASE("a tunnel in which nobody says a word is ended") {
    Origin origin([](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched);
        socket.read_to_end();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(ask_for("/open", upgrade));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    CHECK(client.ends());
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], "\"ending\":\"timed_out\""));
    CHECK(contains(lines[0], "\"reason\":\"tunnel_idle\""));
}

TEST_CASE("a side that breaks off ends the tunnel, the other sees no clean end, and the log says which") {
    for (bool const client_breaks : {true, false}) {
        CAPTURE(client_breaks);
        std::promise<void> switched_to;
        std::promise<bool> broke;
        Origin origin([&](Origin& from, Socket& socket) {
            from.receive(socket);
            socket.send(switched);
            switched_to.get_future().wait();
            if (client_breaks) return broke.set_value(socket.breaks());
            socket.reset();
        });
        Gateway gateway(origin.port(), {.routes = routes});
        auto client = gateway.connect();
        client.send(ask_for("/chat", bearer("7") + upgrade));
        CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
        if (client_breaks) client.reset();
        switched_to.set_value();
        CHECK((client_breaks ? broke.get_future().get() : client.breaks()));
        auto const lines = gateway.log(1);
        REQUIRE(lines.size() == 1);
        CHECK(contains(lines[0], client_breaks ? "\"ending\":\"client_gone\"" : "\"ending\":\"upstream_failed\""));
    }
}

TEST_CASE("when one side has said all, the other may still speak") {
    Origin origin([](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched);
        auto const all = socket.read_to_end();
        socket.send("you said " + all);
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(ask_for("/open", upgrade));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    client.send("this");
    client.finish_sending();
    CHECK(client.read_to_end() == "you said this");
}

TEST_CASE("a service that has said its last words is heard to the end, whatever the client still says") {
    std::string const last_words(1024 * 1024, 'w');
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched + last_words);
        ::usleep(50'000);  // until they have left
        socket.close();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(ask_for("/chat", bearer("7") + upgrade));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    ::usleep(100'000);  // the service has closed
    for (int i = 0; i < 40; ++i) {
        CHECK(client.try_send(std::string(1000, 'x')));  // nobody takes it
        ::usleep(2'000);
    }
    CHECK(client.read_to_end().size() == last_words.size());
    client.close();
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], "\"ending\":\"complete\""));
}

TEST_CASE("a client that has said its last words is heard to the end, whatever the service still says") {
    std::string const last_words(1024 * 1024, 'w');
    std::promise<void> closed;
    std::promise<std::size_t> heard;
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched);
        closed.get_future().wait();
        ::usleep(100'000);  // the words have left, and the end behind them
        for (int i = 0; i < 40; ++i) {
            CHECK(socket.try_send(std::string(1000, 'x')));  // nobody takes it
            ::usleep(2'000);
        }
        heard.set_value(socket.read_to_end().size());
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(ask_for("/chat", bearer("7") + upgrade));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    client.send(last_words);
    client.close();
    closed.set_value();
    CHECK(heard.get_future().get() == last_words.size());
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], "\"reason\":\"client_gone\""));
}

TEST_CASE("much goes through a tunnel by pipes, either way at once, to the last byte") {
    auto const up = bulk(4 * MiB + 3);
    auto const down = bulk(3 * MiB + 5);
    auto const pipes = pipe_ends();
    std::promise<std::string> heard;
    Origin origin([&](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched);
        std::thread speaking([&] { CHECK(socket.try_send(down)); });
        heard.set_value(socket.read_exactly(up.size()));
        speaking.join();
        socket.read_to_end();
    });
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(ask_for("/chat", bearer("7") + upgrade));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    std::thread speaking([&] { CHECK(client.try_send(up)); });
    CHECK((client.read_exactly(down.size()) == down));
    speaking.join();
    CHECK((heard.get_future().get() == up));
    CHECK(pipe_ends() > pipes);
    client.finish_sending();
    CHECK(client.ends());
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], fmt::format("\"bytes_received\":{},\"bytes_sent\":{}", up.size(), down.size())));
    CHECK(contains(lines[0], "\"ending\":\"complete\""));
}

TEST_CASE("where one side of a tunnel speaks TLS nothing goes by a pipe, however much it is") {
    auto const up = bulk(3 * MiB + 3);
    auto const down = bulk(3 * MiB + 5);
    auto const authority = certify("authority.example");
    auto const own = certify("127.0.0.1", &authority);
    TempFolder folder;
    write_pair(folder, "own", own);
    auto const file = (folder.path() / "own").string();
    auto const ca = folder.write("ca.pem", authority.certificate).string();
    TlsServer tls({.own = own});
    auto const pipes = pipe_ends();
    auto const serve = [&](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send(switched + down);
        socket.send(socket.read_exactly(up.size()) == up ? "heard" : "other");
        socket.read_to_end();
    };
    auto const talk = [&](Socket& client) {
        client.send(ask_for("/chat", upgrade));
        CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
        CHECK((client.read_exactly(down.size()) == down));
        client.send(up);
        CHECK(client.read_exactly(5) == "heard");
    };
    Origin plain(serve);
    Origin sealed([&](Origin& from, Socket& socket) {
        auto peer = tls.accept(std::move(socket));
        serve(from, peer);
    });
    Gateway to_client(plain.port(), {.routes = "  - {path: /chat, upstream: ai, protected: false}\n",
                                     .listen = "[{address: '127.0.0.1:0', tls: {certificates: [{certificate: " + file +
                                               ".pem, key: " + file + ".key}]}}]"});
    TlsSocket sealed_client(to_client.port());
    talk(sealed_client);
    Gateway to_service(
        plain.port(),
        {.routes = "  - {path: /chat, upstream: sealed, protected: false}\n",
         .upstreams = fmt::format("  sealed: {{url: 'https://127.0.0.1:{}', tls: {{ca: {}}}}}\n", sealed.port(), ca)});
    auto plain_client = to_service.connect();
    talk(plain_client);
    CHECK(pipe_ends() == pipes);
}

TEST_CASE("a drain cuts the tunnels that remain") {
    Origin origin(echo);
    Gateway gateway(origin.port(), {.routes = routes});
    auto client = gateway.connect();
    client.send(ask_for("/chat", bearer("7") + upgrade));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    CHECK(client.read_exactly(5) == "hello");
    gateway.stop();
    CHECK(client.ends());
    auto const lines = gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], "\"ending\":\"drained\""));
}

TEST_CASE("an upgrade with a body, or in HTTP/1.0, is none: the request goes on without it") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), {.routes = routes});
    CHECK(gateway.ask("POST /open HTTP/1.1\r\nHost: a\r\n" + upgrade + "Content-Length: 2\r\n\r\nhi")
              .starts_with("HTTP/1.1 200 "));
    CHECK(gateway.ask("GET /open HTTP/1.0\r\nHost: a\r\n" + upgrade + "\r\n").starts_with("HTTP/1.1 200 "));
    auto const received = origin.received();
    REQUIRE(received.size() == 2);
    for (auto const& request : received) CHECK_FALSE(contains(request, "Upgrade"));
}

}  // namespace tollgate::upgrade_test
