// Servers behind that speak TLS: who is believed, what is said when nobody is, and what is the same as without it.
#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/sealed.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace tollgate::upstream_tls_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /open, upstream: sealed, protected: false, timeouts: {connect: 500ms, gap: 5s}, trailers: [X-Sum]}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char const* post = "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

GatewayOptions options_of(std::string upstreams) { return {.routes = routes, .upstreams = std::move(upstreams)}; }

}  // namespace

TEST_CASE("a certificate that the authority signed, in time and for the name, is believed, or any when nobody asks") {
    Authorities const by;
    auto const self_signed = certify("ai.example");
    auto const own_file = by.folder.write("own.pem", self_signed.certificate).string();
    struct {
        std::string what;
        TlsServe serve;
        std::string tls;
        std::string asked;
    } const rows[] = {
        {"an address", by.serve(), by.ca(), ""},
        {"a name", by.serve("ai.example"), by.ca() + ", server_name: ai.example", "ai.example"},
        {"a name in full", by.serve("ai.example"), by.ca() + ", server_name: ai.example.", "ai.example"},
        {"any label", by.serve("*.ai.example"), by.ca() + ", server_name: x.ai.example", "x.ai.example"},
        {"itself", {.own = self_signed}, "server_name: ai.example, ca: " + own_file, "ai.example"},
        {"self-signed, nobody asks", {.own = self_signed}, "verify: false", ""},
        {"expired, nobody asks",
         {.own = certify("a", &by.good, Validity::expired)},
         "verify: false, server_name: x.example",
         "x.example"},
        {"TLS 1.2", {.own = by.serve().own, .most = TLS1_2_VERSION}, by.ca(), ""},
        {"ALPN", {.own = by.serve().own, .alpn = "http/1.1"}, by.ca(), ""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        Sealed sealed(row.serve);
        Gateway gateway(1, options_of(sealed.yaml(row.tls)));
        CHECK(gateway.ask(get).ends_with("\r\n\r\nsealed"));
        auto const line = gateway.log(1).at(0);
        CHECK(contains(line, fmt::format("\"server\":\"{}\"", sealed.url())));
        CHECK_FALSE(contains(line, "\"hint\""));
        CHECK(sealed.tls.names() == std::vector<std::string>{row.asked});
    }
}

TEST_CASE("a server that is not believed gets nothing, and the log says why") {
    Authorities const by;
    constexpr std::string_view unknown = "nobody who is trusted has issued its certificate";
    constexpr std::string_view other_name = "its certificate is for another name";
    constexpr std::string_view no_protocol = "it has no protocol in common with us";
    struct {
        std::string what;
        TlsServe serve;
        std::string tls;
        std::string_view problem;
    } const rows[] = {
        {"another authority", {.own = certify("127.0.0.1", &by.other)}, by.ca(), unknown},
        {"the system's authorities", by.serve(), "", unknown},
        {"expired", {.own = certify("127.0.0.1", &by.good, Validity::expired)}, by.ca(), "its certificate has expired"},
        {"self-signed", {.own = certify("127.0.0.1")}, by.ca(), "its certificate is self-signed and not in `ca`"},
        {"another name", by.serve("other.example"), by.ca() + ", server_name: ai.example", other_name},
        {"another address", by.serve("127.0.0.2"), by.ca(), other_name},
        {"a name for an address", by.serve("ai.example"), by.ca(), other_name},
        {"part of a label", by.serve("a*.ai.example"), by.ca() + ", server_name: ab.ai.example", other_name},
        {"h2", {.own = by.serve().own, .alpn = "h2"}, by.ca(), no_protocol},
        {"too old", {.own = by.serve().own, .most = TLS1_2_VERSION}, by.ca() + ", min_version: '1.3'", no_protocol},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        Sealed sealed(row.serve);
        Gateway gateway(1, options_of(sealed.yaml(row.tls)));
        auto const answer = gateway.ask(get);
        CHECK(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
        CHECK(contains(answer, "\"reason\":\"upstream_tls\""));
        CHECK_FALSE(contains(answer, "certificate"));
        auto const line = gateway.log(1).at(0);
        CHECK(contains(line, "\"reason\":\"upstream_tls\""));
        CHECK(contains(line, "\"ending\":\"upstream_failed\""));
        CHECK(contains(line, fmt::format("\"hint\":\"{}\"", row.problem)));
        CHECK(sealed.origin.received().empty());
    }
}

TEST_CASE("a server that wants a certificate of ours gets it, and without one the log says so") {
    Authorities const by;
    write_pair(by.folder, "own", certify("gateway.example", &by.good));
    write_pair(by.folder, "wrong", certify("gateway.example", &by.other));
    auto const pair = [&](std::string const& name) {
        auto const file = (by.folder.path() / name).string();
        return by.ca() + ", certificate: " + file + ".pem, key: " + file + ".key";
    };
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        Sealed sealed({.own = certify("127.0.0.1", &by.good), .clients = &by.good, .least = version, .most = version});
        CHECK(Gateway(1, options_of(sealed.yaml(pair("own")))).ask(get).ends_with("sealed"));
        for (auto const& tls : {by.ca(), pair("wrong")}) {
            Gateway gateway(1, options_of(sealed.yaml(tls)));
            CHECK(contains(gateway.ask(get), "\"reason\":\"upstream_tls\""));
            CHECK(contains(gateway.log(1).at(0), "\"hint\":\"it "));
        }
        CHECK(sealed.origin.received().size() == 1);
    }
}

TEST_CASE("what does not speak TLS, or breaks off, is told apart from silence") {
    struct {
        char const* what;
        Origin::Script script;
        char const* status;
        char const* reason;
        char const* hint;
    } const rows[] = {
        {"plain HTTP", [](Origin&, Socket& socket) { socket.send("HTTP/1.1 400 Bad Request\r\n\r\n"); }, "502",
         "upstream_tls", "it does not speak TLS: plain HTTP on this port?"},
        {"garbage",
         [](Origin&, Socket& socket) {
             socket.send(std::string("\x16\x03\x03\x00\x10garbage-garbage!", 21));
             socket.read_to_end();
         },
         "502", "upstream_tls", "it does not speak TLS as it should"},
        {"reset", [](Origin&, Socket& socket) { (void)socket.read_exactly(5), socket.reset(); }, "502", "upstream_tls",
         "it broke off in the handshake"},
        {"closed", [](Origin&, Socket& socket) { socket.close(); }, "502", "upstream_tls",
         "it broke off in the handshake"},
        {"silence", [](Origin&, Socket& socket) { (void)socket.read_to_end(); }, "504", "upstream_timeout", nullptr},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        Origin origin(row.script);
        Gateway gateway(1, options_of(fmt::format("  sealed: https://127.0.0.1:{}\n", origin.port())));
        auto const began = std::chrono::steady_clock::now();
        auto const answer = gateway.ask(post);
        CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
        CHECK(answer.substr(9, 3) == row.status);
        CHECK(contains(answer, fmt::format("\"reason\":\"{}\"", row.reason)));
        auto const line = gateway.log(1).at(0);
        CAPTURE(line);
        if (row.hint) CHECK(contains(line, fmt::format("\"hint\":\"{}\"", row.hint)));
        else CHECK_FALSE(contains(line, "\"hint\""));
    }
}

TEST_CASE("a body that ends with the connection is complete with close_notify, and cut without") {
    Authorities const by;
    for (bool const clean : {true, false}) {
        CAPTURE(clean);
        Sealed sealed(by.serve(), [clean](Origin& self, TlsPeer& peer) {
            self.receive(peer);
            peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
            if (clean) peer.say_goodbye();
        });
        Gateway gateway(1, options_of(sealed.yaml(by.ca())));
        auto client = gateway.connect();
        client.send("GET /open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        CHECK(contains(client.read_head(), "Transfer-Encoding: chunked"));
        CHECK(client.read_to_end().ends_with("\r\n0\r\n\r\n") == clean);
        CHECK(contains(gateway.log(1).at(0), clean ? "\"ending\":\"complete\"" : "\"ending\":\"upstream_failed\""));
    }
}

TEST_CASE("connections are kept, and sessions are resumed on new ones") {
    Authorities const by;
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto serve = by.serve();
        serve.least = serve.most = version;
        Sealed kept(serve);
        Gateway first(1, options_of(kept.yaml(by.ca())));
        for (int i = 0; i < 5; ++i) CHECK(first.ask(get).ends_with("sealed"));
        CHECK(kept.tls.handshakes() == 1);

        Sealed closing(serve, [](Origin& self, TlsPeer& peer) {
            self.receive(peer);
            peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
        });
        Gateway second(1, options_of(closing.yaml(by.ca())));
        for (int i = 0; i < 6; ++i) CHECK(second.ask(get).ends_with("hi"));
        CHECK(closing.tls.handshakes() == 6);
        CHECK(closing.tls.resumed() == 5);
        REQUIRE(second.reload(std::string(routes)));
        CHECK(second.ask(get).ends_with("hi"));
        CHECK(closing.tls.resumed() == 5);  // what was agreed under other settings is forgotten
    }
}

TEST_CASE("a session ticket that comes late leaves an idle connection in use, its end does not") {
    Authorities const by;
    auto serve = by.serve();
    serve.tickets = 0;
    std::atomic<int> tickets{0};
    std::atomic<bool> end{false};
    Sealed sealed(serve, [&](Origin& self, TlsPeer& peer) {
        while (!self.receive(peer).empty()) {
            peer.send(ok("sealed"));
            ::usleep(100'000);  // it lies in the pool by now
            if (end) return peer.say_goodbye();
            peer.send_ticket();
            ++tickets;
        }
    });
    Gateway gateway(1, options_of(sealed.yaml(by.ca())));
    for (int i = 1; i <= 4; ++i) {
        CHECK(gateway.ask(get).ends_with("sealed"));
        REQUIRE(eventually([&] { return tickets == i; }));
        if (i % 2 == 0) ::usleep(50'000);  // noticed by the watch, or only by who takes the connection
    }
    CHECK(sealed.origin.connections() == 1);
    end = true;
    CHECK(gateway.ask(get).ends_with("sealed"));
    ::usleep(200'000);
    end = false;
    CHECK(gateway.ask(post).ends_with("sealed"));  // it would not be sent twice
    CHECK(sealed.origin.connections() == 2);
    CHECK(sealed.tls.resumed() == 1);
}

TEST_CASE("bodies, trailers and a changed protocol go over TLS as without it") {
    Authorities const by;
    std::string const big(3 * 1024 * 1024, 'x');
    Sealed sealed(by.serve(), [&](Origin& self, TlsPeer& peer) {
        auto asked = self.receive(peer);
        for (; !asked.empty() && !contains(asked, "Upgrade: websocket"); asked = self.receive(peer)) {
            auto const sum = contains(asked, "X-Sum: up") ? "came" : "lost";
            peer.send(
                fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                            "{:x}\r\n{}\r\n0\r\nX-Sum: {}\r\n\r\n",
                            big.size(), big, sum));
        }
        if (asked.empty()) return;
        peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        peer.send(peer.read_exactly(5));
        peer.read_to_end();
    });
    Gateway gateway(1, options_of(sealed.yaml(by.ca())));
    auto const answer =
        gateway.ask(fmt::format("POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: "
                                "X-Sum\r\n\r\n{:x}\r\n{}\r\n0\r\nX-Sum: up\r\n\r\n",
                                big.size(), big));
    CHECK(answer.size() > big.size());
    CHECK(contains(answer, "X-Sum: came"));
    auto client = gateway.connect();
    client.send("GET /open HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    client.send("hello");
    CHECK(client.read_exactly(5) == "hello");
}

TEST_CASE("a server without TLS that can be trusted is passed over and left alone") {
    Authorities const by;
    Sealed good(by.serve());
    Sealed bad({.own = certify("127.0.0.1")});
    auto const upstream = fmt::format(
        "  sealed: {{servers: ['{}', '{}'], balance: round_robin, tls: {{{}}}, ejection: {{failures: 2, first: 1h, "
        "longest: 1h}}}}\n",
        bad.url(), good.url(), by.ca());
    Gateway gateway(1, options_of(upstream));
    for (int i = 0; i < 8; ++i) CHECK(gateway.ask(post).ends_with("sealed"));
    CHECK(bad.origin.connections() == 2);
    CHECK(bad.origin.received().empty());
    CHECK(good.origin.received().size() == 8);
    for (auto const& line : gateway.log(8)) CHECK_FALSE(contains(line, "\"hint\""));
}

TEST_CASE("servers are asked over TLS whether they are well, and must be believed there too") {
    Authorities const by;
    auto const health = ", health: {path: /healthz, interval: 100ms, unhealthy_after: 1, healthy_after: 1}";
    Sealed good(by.serve());
    Gateway well(1, options_of(good.yaml(by.ca(), health)));
    CHECK(eventually([&] { return good.origin.received().size() >= 2; }));
    CHECK(good.origin.received()[0].starts_with(
        fmt::format("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", good.origin.port())));
    CHECK(well.ask(get).ends_with("sealed"));

    Sealed bad({.own = certify("127.0.0.1")});
    Gateway ill(1, options_of(bad.yaml(by.ca(), health)));
    CHECK(eventually([&] { return contains(ill.ask(get), "no_healthy_upstream"); }));
    CHECK(bad.origin.received().empty());
}

TEST_CASE("files are read at the start, at a reload and when they change; bad ones change nothing") {
    Authorities const by;
    auto const file = by.folder.write("ca.pem", by.other.certificate).string();
    Sealed sealed(by.serve());
    CHECK_THROWS_AS(Gateway(1, options_of(sealed.yaml("ca: " + file + ".none"))), std::runtime_error);
    Gateway gateway(1, options_of(sealed.yaml("ca: " + file)));
    CHECK(contains(gateway.ask(get), "\"reason\":\"upstream_tls\""));
    by.folder.write("ca.pem", by.good.certificate);
    CHECK(eventually([&] { return gateway.ask(get).ends_with("sealed"); }));
    by.folder.write("ca.pem", "nothing");
    CHECK_FALSE(gateway.reload(routes));
    ::usleep(2'500'000);  // the watch has looked
    CHECK(gateway.ask(get).ends_with("sealed"));
    CHECK(sealed.tls.handshakes() <= 2);  // connections stay
    by.folder.write("ca.pem", by.other.certificate);
    REQUIRE(gateway.reload(routes));
    CHECK(contains(gateway.ask(get), "\"reason\":\"upstream_tls\""));
}

}  // namespace tollgate::upstream_tls_test
