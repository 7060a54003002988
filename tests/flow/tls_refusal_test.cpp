// What does not become a TLS connection ends soon, is counted, and costs no line in a log; and what comes in the clear.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <openssl/ssl.h>

#include <unistd.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tollgate::tls_refusal_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: ai, protected: false}\n";
constexpr char const* get_open = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

// A gateway with TLS, and its metrics.
struct Scene {
    explicit Scene(std::string const& more = "", std::string const& plain = "", std::string const& head = "300ms") {
        write_pair(folder, "one", certify("one.example"));
        auto const file = (folder.path() / "one").string();
        auto const secure = "{address: '127.0.0.2:0', tls: {certificates: [{certificate: " + file +
                            ".pem, key: " + file + ".key}]" + more + "}}";
        gateway = std::make_unique<Gateway>(
            origin.port(),
            GatewayOptions{.routes = routes,
                           .further = "metrics: 127.0.0.1:0\nhsts: 30d\ntimeouts: {head: " + head + "}\n",
                           .listen = "[" + plain + secure + "]"});
    }

    [[nodiscard]] std::uint16_t port() const {
        auto const ports = ports_of();
        return ports.at(ports.size() - 2);
    }
    [[nodiscard]] std::vector<std::uint16_t> ports_of() const { return gateway->server().ports(); }
    [[nodiscard]] Socket connect() const { return Socket::connect(port(), "127.0.0.2"); }

    [[nodiscard]] bool refuses(TlsAsk ask) const {
        ask.address = "127.0.0.2";
        try {
            TlsSocket client(port(), ask);
            client.send(get_open);
            return client.read_message().empty();  // 1.3: the client is done before it is refused
        } catch (std::runtime_error const&) {
            return true;
        }
    }

    // Whether so many handshakes, and no more, have come to `result`; waits, bounded.
    [[nodiscard]] bool counted(std::string const& result, int count) const {
        auto const line = "tollgate_tls_handshakes_total{result=\"" + result + "\"} " + std::to_string(count) + "\n";
        for (int tries = 0; tries < 100; ++tries) {
            auto client = Socket::connect(ports_of().back());
            client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            if (contains(client.read_to_end(), line)) return true;
            ::usleep(20'000);
        }
        return false;
    }

    TempFolder folder;
    Origin origin{Origin::always(ok("hello"))};
    std::unique_ptr<Gateway> gateway;
};

}  // namespace

TEST_CASE("a handshake that stops ends at the deadline of a head") {
    Scene const scene;
    auto silent = scene.connect();
    auto half = scene.connect();
    half.send("\x16\x03\x01\x02");
    CHECK(silent.ends());
    CHECK(half.ends());
    CHECK(scene.counted("timed_out", 2));
    CHECK(scene.gateway->log(1).empty());
}

TEST_CASE("plain HTTP on the port of TLS is told so, and garbage is dropped") {
    Scene const scene;
    auto plain = scene.connect();
    plain.send(get_open);
    auto const answer = plain.read_to_end();
    CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(answer.ends_with("\r\n\r\nThis port takes HTTPS only"));
    auto garbage = scene.connect();
    garbage.send("\x05\x01 what is this, and why does it go on and on");
    (void)garbage.read_to_end();
    CHECK(scene.counted("plain_http", 1));
    CHECK(scene.counted("failed", 1));
    CHECK(scene.origin.received().empty());
    CHECK(scene.gateway->log(1).empty());
}

TEST_CASE("a client that leaves in the handshake is counted") {
    Scene const scene;
    scene.connect().close();
    CHECK(scene.counted("client_gone", 1));
}

TEST_CASE("old versions and protocols that are not spoken are refused") {
    Scene const scene;
    CHECK(scene.refuses({.most = TLS1_1_VERSION}));
    CHECK(scene.counted("old_version", 1));
    CHECK(scene.refuses({.alpn = "h2"}));
    CHECK(scene.counted("nothing_in_common", 1));
    CHECK_FALSE(scene.refuses({.most = TLS1_2_VERSION}));
    CHECK_FALSE(scene.refuses({}));
    CHECK(scene.counted("full", 2));
}

TEST_CASE("min_version 1.3 refuses 1.2") {
    Scene const scene(", min_version: '1.3'");
    CHECK(scene.refuses({.most = TLS1_2_VERSION}));
    CHECK(scene.counted("old_version", 1));
    CHECK_FALSE(scene.refuses({.least = TLS1_3_VERSION}));
}

TEST_CASE("a client that negotiates anew is cut") {
    Scene const scene;
    TlsSocket client(scene.port(), {.most = TLS1_2_VERSION, .address = "127.0.0.2"});
    client.send(get_open);
    (void)client.read_message();
    CHECK_FALSE(client.renegotiate());
    CHECK(client.read_to_end().empty());
    CHECK_FALSE(client.was_ended());
}

TEST_CASE("a client certificate that is required must be there and be signed by the authority") {
    TempFolder const folder;
    auto const authority = certify("authority.example");
    auto const file = folder.write("ca.pem", authority.certificate).string();
    auto const good = certify("good.example", &authority);
    auto const other = certify("other.example");
    Scene const required(", client_auth: required, client_ca: " + file);
    Scene const optional(", client_auth: optional, client_ca: " + file);
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        CHECK(required.refuses({.most = version}));
        CHECK(required.refuses({.most = version, .own = &other}));
        CHECK_FALSE(required.refuses({.most = version, .own = &good}));
        CHECK_FALSE(optional.refuses({.most = version}));
        CHECK(optional.refuses({.most = version, .own = &other}));
    }
    CHECK(required.counted("client_certificate", 4));
    CHECK(required.counted("full", 2));
}

TEST_CASE("where certificates are asked for no session is resumed: nobody would look at the certificate again") {
    TempFolder const folder;
    auto const authority = certify("authority.example");
    auto const file = folder.write("ca.pem", authority.certificate).string();
    auto const good = certify("good.example", &authority);
    for (std::string const how : {"required", "optional"}) {
        Scene const scene(", client_auth: " + how + ", client_ca: " + file);
        for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            CAPTURE(version);
            TlsSocket first(scene.port(), {.most = version, .own = &good, .address = "127.0.0.2"});
            first.send(get_open);
            CHECK(first.read_message().ends_with("hello"));
            auto const session = first.session();
            CHECK(scene.refuses({.most = version, .session = session.get()}) == (how == "required"));
        }
        CHECK(scene.counted("full", how == "required" ? 2 : 4));
    }
}

TEST_CASE("a client that sends nothing but updates of its keys is cut, and one that sends a few is served") {
    Scene const scene("", "", "10s");
    TlsSocket endless(scene.port(), {.address = "127.0.0.2"});
    (void)endless.update_keys(20'000);
    CHECK(endless.read_to_end().empty());
    TlsSocket client(scene.port(), {.address = "127.0.0.2"});
    CHECK(client.update_keys(500));
    client.send(get_open);
    CHECK(client.read_message().ends_with("hello"));
    CHECK(client.update_keys(1'500));  // counted anew
    client.send(get_open);
    CHECK(client.read_message().ends_with("hello"));
}

TEST_CASE("a first message that is far too long, or comes in crumbs, is refused at its first bytes") {
    using namespace std::string_literals;
    Scene const scene;
    for (auto const& bytes : {"\x16\x03\x01\x00\x04\x01\x02\x01\x44"s, "\x16\x03\x01\x00\x01\x01"s}) {
        auto client = scene.connect();
        client.send(bytes);
        CHECK(client.read_to_end().empty());
    }
    CHECK(scene.counted("failed", 2));
}

TEST_CASE("a listener that sends to HTTPS answers everything with that, and HSTS goes over TLS only") {
    Scene const scene("", "{address: '127.0.0.1:0', redirect_to_https: true}, ");
    auto const port = std::to_string(scene.port());
    auto const ask = [&](std::string const& line, std::string const& host) {
        return scene.gateway->ask(line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    };
    auto const answer = ask("GET /open?a=b", "gate.example:8080");
    CHECK(answer.starts_with("HTTP/1.1 308 "));
    CHECK(contains(answer, "Location: https://gate.example:" + port + "/open?a=b\r\n"));
    CHECK_FALSE(contains(answer, "Strict-Transport-Security"));
    CHECK(contains(ask("GET /none", "gate.example"), "Location: https://gate.example/none\r\n"));
    CHECK(contains(ask("GET /", "[::1]:80"), "Location: https://[::1]:" + port + "/\r\n"));
    CHECK(ask("GET /", "a b").starts_with("HTTP/1.1 400 "));
    CHECK(scene.origin.received().empty());

    TlsSocket client(scene.port(), {.address = "127.0.0.2"});
    client.send(get_open);
    CHECK(contains(client.read_message(), "Strict-Transport-Security: max-age=2592000\r\n"));
    client.send("GET /none HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(contains(client.read_message(), "Strict-Transport-Security: max-age=2592000\r\n"));
}

}  // namespace tollgate::tls_refusal_test
