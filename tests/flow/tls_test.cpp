// TLS at the front: what is the same over it, and what only it has.
#include "support/tls.hpp"
#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

#include <openssl/ssl.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>

namespace tollgate::tls_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: ai, protected: false}\n"
    "  - {path: /guarded, upstream: ai}\n"
    "  - {path: /chat, upstream: ai, protected: false, timeouts: {gap: 5s}}\n";

constexpr char const* get_open = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

// A folder with the certificates of two names, and the YAML of a listener that has both.
struct Certificates {
    Certificates() {
        write_pair(folder, "one", certify("one.example"));
        write_pair(folder, "two", certify("two.example"));
    }
    [[nodiscard]] std::string pair(std::string const& name) const {
        auto const file = (folder.path() / name).string();
        return "{certificate: " + file + ".pem, key: " + file + ".key}";
    }
    [[nodiscard]] std::string listen(std::string const& more = "", std::string const& address = "127.0.0.1:0") const {
        return "[{address: '" + address + "', tls: {certificates: [" + pair("one") + ", " + pair("two") + "]" + more +
               "}}]";
    }

    TempFolder folder;
};

}  // namespace

TEST_CASE("a request over TLS is served as any other, and the service hears of https") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket client(gateway.port(), {.alpn = "http/1.1"});
    CHECK(client.protocol() == "http/1.1");
    client.send("GET /guarded HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_message().starts_with("HTTP/1.1 401 "));
    for (int i = 0; i < 3; ++i) {
        client.send("GET /guarded HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: http\r\n" + bearer("7") + "\r\n");
        CHECK(client.read_message().ends_with("\r\n\r\nhello"));
    }
    auto const received = origin.received();
    REQUIRE(received.size() == 3);
    CHECK(contains(received[0], "X-User-Id: 7\r\n"));
    CHECK(contains(received[0], "X-Forwarded-Proto: https\r\n"));
    CHECK(contains(received[0], ";proto=https\r\n"));
    CHECK_FALSE(contains(received[0], "X-Forwarded-Proto: http\r\n"));
}

TEST_CASE("a head and a small body are one record") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket client(gateway.port(), {.most = TLS1_2_VERSION});
    auto const before = client.records();
    client.send(get_open);
    (void)client.read_message();
    CHECK(client.records() == before + 1);
}

TEST_CASE("each chunk of an answer comes over TLS before the next one is made") {
    Certificates const certificates;
    std::promise<void> go_on;
    auto wait = go_on.get_future();
    Origin origin([&wait](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nB\r\ndata: one\n\n\r\n");
        wait.wait_for(std::chrono::seconds(10));
        socket.send("B\r\ndata: two\n\n\r\n0\r\n\r\n");
    });
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket client(gateway.port());
    client.send(get_open);
    (void)client.read_head();
    CHECK(client.read_exactly(16) == "b\r\ndata: one\n\n\r\n");  // while the origin still waits
    go_on.set_value();
    CHECK(client.read_exactly(21) == "b\r\ndata: two\n\n\r\n0\r\n\r\n");
}

TEST_CASE("a MiB goes up and comes down over TLS, to a client that is slow to read too") {
    Certificates const certificates;
    std::string body;
    for (unsigned i = 0; body.size() < 1024 * 1024; ++i) body += "line " + std::to_string(i) + "\n";
    Origin origin([](Origin& from, Socket& socket) {
        for (std::string message; !(message = from.receive(socket)).empty();)
            socket.send(ok(message.substr(message.find("\r\n\r\n") + 4)));
    });
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        TlsSocket client(gateway.port(), {.most = version});
        for (int i = 0; i < 3; ++i) {
            client.send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body);
            ::usleep(100'000);  // the answer fills every buffer on its way meanwhile
            auto const answer = client.read_message();
            CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == body);
        }
    }
}

TEST_CASE("a client that goes on sending crumbs keeps nobody else waiting") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("yes")));
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket other(gateway.port());
    std::jthread const crumbs([&](std::stop_token const& over) {
        TlsSocket client(gateway.port());
        client.send("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n");
        while (!over.stop_requested() && client.try_send("x")) continue;  // a record each
    });
    ::usleep(200'000);
    for (int i = 0; i < 5; ++i) {
        auto const began = std::chrono::steady_clock::now();
        other.send(get_open);
        CHECK(other.read_message().ends_with("yes"));
        CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(1));
    }
}

TEST_CASE("a client that takes its leave in the same breath as it asks is not answered for") {
    std::promise<bool> left;
    Certificates const certificates;
    Origin origin([&left](Origin& from, Socket& socket) {
        from.receive(socket);
        left.set_value(socket.ends());
    });
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket client(gateway.port());
    int on = 1;
    REQUIRE(::setsockopt(client.descriptor(), IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0);
    client.send(get_open);
    client.say_goodbye();  // and no FIN
    on = 0;
    REQUIRE(::setsockopt(client.descriptor(), IPPROTO_TCP, TCP_CORK, &on, sizeof on) == 0);
    CHECK(left.get_future().get());
    CHECK(gateway.log(1).at(0).find("\"ending\":\"client_gone\"") != std::string::npos);
}

TEST_CASE("a tunnel goes through TLS, and each side's end is heard by the other") {
    Certificates const certificates;
    Origin origin([](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello");
        for (std::string byte; (byte = socket.read_exactly(1)) != "!";) socket.send("<" + byte);
        CHECK(socket.ends());  // the client's close_notify
        socket.send("bye");
        socket.close();
    });
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket client(gateway.port());
    client.send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\na");
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    CHECK(client.read_exactly(7) == "hello<a");
    client.send("bc!");
    CHECK(client.read_exactly(4) == "<b<c");
    client.say_goodbye();
    CHECK(client.read_exactly(3) == "bye");
    CHECK(client.ends());
    CHECK(client.was_ended());
}

TEST_CASE("a client that leaves cancels what the service does, whether it says so or not") {
    Certificates const certificates;
    for (bool const says_so : {true, false}) {
        CAPTURE(says_so);
        std::promise<bool> cancelled;
        Origin origin([&cancelled](Origin& from, Socket& socket) {
            from.receive(socket);
            cancelled.set_value(socket.ends());
        });
        Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
        TlsSocket client(gateway.port());
        client.send(get_open);
        REQUIRE(eventually([&] { return !origin.received().empty(); }));
        if (says_so) client.say_goodbye();  // the connection itself stays
        else client.reset();
        CHECK(cancelled.get_future().get());
        CHECK(contains(gateway.log(1).at(0), "client_gone"));
    }
}

TEST_CASE("a request that comes behind another while that is answered is not lost") {
    Certificates const certificates;
    std::promise<void> second_is_there;
    auto wait = second_is_there.get_future();
    Origin origin([&wait](Origin& from, Socket& socket) {
        from.receive(socket);
        wait.wait_for(std::chrono::seconds(10));
        socket.send(ok("first"));
        from.receive(socket);
        socket.send(ok("second"));
    });
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket client(gateway.port());
    client.send(get_open);
    REQUIRE(eventually([&] { return !origin.received().empty(); }));
    client.send(get_open);  // the watch on the client takes it off the socket
    ::usleep(300'000);
    second_is_there.set_value();
    CHECK(client.read_message().ends_with("first"));
    CHECK(client.read_message().ends_with("second"));
}

TEST_CASE("the name that a client asks for chooses the certificate, and other names get the first") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    CHECK(TlsSocket(gateway.port(), {.name = "one.example"}).name_of_peer() == "one.example");
    CHECK(TlsSocket(gateway.port(), {.name = "TWO.example"}).name_of_peer() == "two.example");
    CHECK(TlsSocket(gateway.port(), {.name = "three.example"}).name_of_peer() == "one.example");
    CHECK(TlsSocket(gateway.port()).name_of_peer() == "one.example");
}

TEST_CASE("a session is resumed by its ticket, in either version") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .workers = 2, .listen = certificates.listen()});
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        TlsSocket first(gateway.port(), {.most = version});
        first.send(get_open);
        (void)first.read_message();
        CHECK_FALSE(first.resumed());
        auto const session = first.session();
        REQUIRE(gateway.reload(routes));  // the keys of tickets outlive it
        TlsSocket second(gateway.port(), {.most = version, .session = session.get()});
        CHECK(second.resumed());
        second.send(get_open);
        CHECK(second.read_message().ends_with("hello"));
        // In TLS 1.3 a ticket is for one use: there is another one.
        auto const next = second.session();
        CHECK((next.get() == session.get()) == (version == TLS1_2_VERSION));
        TlsSocket third(gateway.port(), {.most = version, .session = next.get()});
        CHECK(third.resumed());
    }
}

TEST_CASE("a clean end is said, and what was cut is not") {
    Certificates const certificates;
    Origin origin([](Origin& from, Socket& socket) {
        from.receive(socket);
        socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");  // and breaks off
    });
    Gateway gateway(origin.port(),
                    {.routes = routes, .further = "timeouts: {idle: 200ms}\n", .listen = certificates.listen()});
    TlsSocket cut(gateway.port());
    cut.send(get_open);
    CHECK(cut.read_to_end().ends_with("5\r\nhello\r\n"));
    CHECK_FALSE(cut.was_ended());

    TlsSocket closed(gateway.port());
    closed.send("GET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(closed.read_to_end().starts_with("HTTP/1.1 404 "));
    CHECK(closed.was_ended());

    TlsSocket idle(gateway.port());
    idle.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(idle.read_message().starts_with("HTTP/1.1 404 "));
    CHECK(idle.ends());
    CHECK(idle.was_ended());
}

TEST_CASE("a drain ends idle connections with a word, and hears whoever has connected") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket idle(gateway.port());
    idle.send(get_open);
    CHECK(idle.read_message().ends_with("hello"));
    TlsSocket ready(gateway.port());
    auto connected = gateway.connect();
    auto stopped = std::async(std::launch::async, [&] { gateway.stop(); });
    CHECK(idle.ends());
    CHECK(idle.was_ended());
    TlsSocket late(std::move(connected), {});
    for (auto* client : {&ready, &late}) {
        client->send(get_open);
        auto const answer = client->read_to_end();
        CHECK(contains(answer, "\r\nConnection: close\r\n"));
        CHECK(answer.ends_with("hello"));
        CHECK(client->was_ended());
    }
    stopped.get();
}

TEST_CASE("connections stay through a reload, and new ones get the new certificate") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    TlsSocket old(gateway.port());
    old.send(get_open);
    CHECK(old.read_message().ends_with("hello"));
    write_pair(certificates.folder, "one", certify("new.example"));
    CHECK(gateway.reload(routes));
    CHECK(eventually([&] { return TlsSocket(gateway.port()).name_of_peer() == "new.example"; }));
    old.send(get_open);
    CHECK(old.read_message().ends_with("hello"));
    CHECK(old.name_of_peer() == "one.example");

    certificates.folder.write("one.key", certify("other.example").key);
    CHECK_FALSE(gateway.reload(routes));
    CHECK(TlsSocket(gateway.port()).name_of_peer() == "new.example");
}

TEST_CASE("a certificate that was replaced is read without being told, once it fits its key") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .listen = certificates.listen()});
    auto const next = certify("next.example");
    certificates.folder.write("one.key", next.key);
    ::usleep(2'500'000);  // longer than the watch's pause: it has seen the pair that does not fit
    CHECK(TlsSocket(gateway.port()).name_of_peer() == "one.example");
    write_pair(certificates.folder, "one", next);
    CHECK(eventually([&] { return TlsSocket(gateway.port()).name_of_peer() == "next.example"; }));
}

TEST_CASE("a certificate that cannot be used holds up no other listener") {
    Certificates const certificates;
    Origin origin(Origin::always(ok("hello")));
    auto const listener = [&](std::string const& address, std::string const& name) {
        return "{address: '" + address + "', tls: {certificates: [" + certificates.pair(name) + "]}}";
    };
    Gateway gateway(origin.port(),
                    {.routes = routes,
                     .listen = "[" + listener("127.0.0.1:0", "one") + ", " + listener("127.0.0.2:0", "two") + "]"});
    auto const ports = gateway.server().ports();
    auto const name_at = [&](std::size_t i) {
        return TlsSocket(ports[i], {.address = i == 0 ? "127.0.0.1" : "127.0.0.2"}).name_of_peer();
    };
    certificates.folder.write("one.pem", "no certificate");
    write_pair(certificates.folder, "two", certify("next.example"));
    CHECK(eventually([&] { return name_at(1) == "next.example"; }));
    CHECK(name_at(0) == "one.example");
    write_pair(certificates.folder, "one", certify("other.example"));
    CHECK(eventually([&] { return name_at(0) == "other.example"; }));
}

}  // namespace tollgate::tls_test
