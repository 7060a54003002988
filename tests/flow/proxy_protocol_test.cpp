// PROXY headers: for whom a balancer connects, and what becomes of a connection that does not begin as it must.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::proxy_protocol_test {
using namespace tollgate::testing;
using namespace std::string_literals;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: ai, protected: false}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char const* asking = "{address: '127.0.0.1:0', proxy_protocol: true}";
constexpr char const* trusting = "trusted_proxies: [127.0.0.1, 203.0.113.0/24]\n";

std::string const line = "PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\r\n";
std::string const binary = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\xc0\0\x01\xbb"s;
std::string const local = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s;

// A gateway that takes headers from this machine, and the origin behind it.
struct Behind {
    explicit Behind(std::string const& further = "", std::string const& where = asking, std::string const& drain = "2s")
        : gateway(origin.port(), {.routes = routes, .further = trusting + further, .listen = where, .drain = drain}) {}

    // What the service is told when a connection begins with `bytes`, a request among them; empty when it is closed.
    std::string heard(std::string const& bytes) {
        auto const before = origin.received().size();
        auto client = gateway.connect();
        client.send(bytes);
        if (!client.read_message().starts_with("HTTP/1.1 200 ")) return {};
        return origin.received().at(before);
    }

    Origin origin{Origin::always(ok("hello"))};
    Gateway gateway;
};

}  // namespace

TEST_CASE("the address that a header names is the client's, in every field and in the log") {
    for (auto const& header : {line, binary}) {
        Behind behind;
        auto const received = behind.heard(
            header +
            "GET /open HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1\r\nForwarded: for=198.51.100.1\r\n\r\n");
        CHECK(contains(received, "\r\nX-Forwarded-For: 192.0.2.7\r\n"));
        CHECK(contains(received, "\r\nForwarded: for=192.0.2.7;host=\"a\";proto=http\r\n"));
        CHECK_FALSE(contains(received, "198.51.100.1"));
        auto const lines = behind.gateway.log(1);
        REQUIRE(lines.size() == 1);
        CHECK(contains(lines[0], "\"client\":\"192.0.2.7\""));
    }
}

TEST_CASE("a client that is a trusted proxy itself is believed, and the walk through its hops goes on from there") {
    Behind behind;
    auto const received = behind.heard(
        "PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\nGET /open HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: "
        "198.51.100.1\r\n\r\n");
    CHECK(contains(received, "\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.9\r\n"));
    auto const lines = behind.gateway.log(1);
    REQUIRE(lines.size() == 1);
    CHECK(contains(lines[0], "\"client\":\"198.51.100.1\""));
}

TEST_CASE("a header may come byte by byte, and holds for every request of its connection") {
    for (auto const& header : {line, binary, "PROXY TCP6 2001:db8::7 ::1 1 2\r\n"s}) {
        Behind behind;
        auto client = behind.gateway.connect();
        for (char const byte : header) {
            client.send({&byte, 1});
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        for (int i = 0; i < 2; ++i) {
            client.send(get);
            CHECK(client.read_message().ends_with("hello"));
        }
        auto const received = behind.origin.received();
        REQUIRE(received.size() == 2);
        auto const wanted = header.starts_with("PROXY TCP6") ? "2001:db8::7" : "192.0.2.7";
        for (auto const& request : received) CHECK(contains(request, "\r\nX-Forwarded-For: "s + wanted + "\r\n"));
    }
}

TEST_CASE("a balancer that speaks for itself, or for nobody it knows, is the client") {
    for (auto const& header : {local, "PROXY UNKNOWN\r\n"s}) {
        Behind behind;
        auto const received = behind.heard(header + get);
        CHECK(contains(received, "\r\nX-Forwarded-For: 127.0.0.1\r\n"));
    }
}

TEST_CASE("what somebody whom the balancer cannot name writes of his way is not the balancer's word") {
    std::string const ask = "GET /open HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n";
    auto const unspecified = "\r\n\r\n\0\r\nQUIT\n\x21\0\0\0"s;
    for (auto const& header : {"PROXY UNKNOWN\r\n"s, unspecified}) {
        Behind behind;
        CHECK(contains(behind.heard(header + ask), "\r\nX-Forwarded-For: 127.0.0.1\r\n"));
        auto const lines = behind.gateway.log(1);
        REQUIRE(lines.size() == 1);
        CHECK(contains(lines[0], "\"client\":\"127.0.0.1\""));
    }
    Behind behind;
    CHECK(contains(behind.heard(local + ask), "\r\nX-Forwarded-For: 198.51.100.1, 127.0.0.1\r\n"));
}

TEST_CASE("a trusted proxy's connection that begins otherwise is closed without a word") {
    Behind behind("metrics: 127.0.0.1:0\n");
    for (auto const& begins : {std::string(get), "PROXY TCP4 192.0.2.7 127.0.0.1 56324\r\n"s + get,
                               "PROXY TCP4 192.0.2.7 127.0.0.1 56324 443\n"s + get, line.substr(1) + get,
                               "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x04\xc0\0\x02\x07"s + get,
                               "\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\xc0\0\x01\xbb"s + get,
                               std::string(5000, 'P'), "\x16\x03\x01\x02\0\x01"s}) {
        auto client = behind.gateway.connect();
        client.try_send(begins);
        CHECK(client.read_to_end().empty());
    }
    CHECK(behind.origin.received().empty());
    {
        auto client = behind.gateway.connect();
        client.send("PROXY TCP4 ");
        client.finish_sending();
        CHECK(client.read_to_end().empty());
    }
    auto const text = behind.gateway.metrics();
    CHECK(contains(text, "tollgate_proxy_headers_total{result=\"missing\"} 4\n"));
    CHECK(contains(text, "tollgate_proxy_headers_total{result=\"malformed\"} 4\n"));
    CHECK(contains(text, "tollgate_proxy_headers_total{result=\"peer_gone\"} 1\n"));
}

TEST_CASE("a second header is no request") {
    Behind behind;
    auto client = behind.gateway.connect();
    client.send(line + line + get);
    CHECK(client.read_message().starts_with("HTTP/1.1 400 "));
    CHECK(behind.origin.received().empty());
}

TEST_CASE("a header that is late ends the connection") {
    Behind behind("timeouts: {head: 200ms}\nmetrics: 127.0.0.1:0\n");
    for (auto const* const begins : {"", "PROXY TCP4 1"}) {
        auto client = behind.gateway.connect();
        client.send(begins);
        auto const began = std::chrono::steady_clock::now();
        CHECK(client.read_to_end().empty());
        CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    }
    CHECK(contains(behind.gateway.metrics(), "tollgate_proxy_headers_total{result=\"timed_out\"} 2\n"));
}

TEST_CASE("a connection that waits for its header does not hold up the end") {
    Behind behind("", asking, "1m");
    auto client = behind.gateway.connect();
    client.send("PROXY ");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    auto const began = std::chrono::steady_clock::now();
    behind.gateway.stop();
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
    CHECK(client.read_to_end().empty());
}

TEST_CASE("a peer that is not trusted is served as it is, and its header is garbage") {
    Origin origin(Origin::always(ok("hello")));
    Gateway gateway(origin.port(), {.routes = routes, .further = "trusted_proxies: [203.0.113.1]\n", .listen = asking});
    CHECK(gateway.ask(get).ends_with("hello"));
    REQUIRE(origin.received().size() == 1);
    CHECK(contains(origin.received()[0], "\r\nX-Forwarded-For: 127.0.0.1\r\n"));
    CHECK(gateway.ask(line + get).starts_with("HTTP/1.1 400 "));
    CHECK(gateway.ask(binary + get).starts_with("HTTP/1.1 400 "));
    CHECK(origin.received().size() == 1);
}

TEST_CASE("where no header is asked for one is garbage, whoever sends it") {
    Behind behind("", "127.0.0.1:0");
    CHECK(behind.gateway.ask(line + get).starts_with("HTTP/1.1 400 "));
    CHECK(behind.heard(get) != "");
}

TEST_CASE("clients behind one balancer are counted one by one, and the balancer itself as one of them") {
    Behind behind("limits: {connections_per_client: 1, connections: 4}\n");
    std::vector<Socket> open;
    auto const opens = [&](std::string const& header) {
        auto client = behind.gateway.connect();
        client.try_send(header + get);
        bool const served = client.read_message().ends_with("hello");
        if (served) open.push_back(std::move(client));
        return served;
    };
    CHECK(opens(line));
    CHECK_FALSE(opens(line));
    CHECK_FALSE(opens(binary));
    CHECK(opens("PROXY TCP4 192.0.2.8 127.0.0.1 1 2\r\n"));
    CHECK(opens(local));
    CHECK_FALSE(opens(local));
    CHECK(opens("PROXY TCP4 192.0.2.9 127.0.0.1 1 2\r\n"));
    CHECK_FALSE(opens("PROXY TCP4 192.0.2.10 127.0.0.1 1 2\r\n"));  // four in all
}

TEST_CASE("TLS begins behind the header, in the same segment too") {
    TempFolder folder;
    write_pair(folder, "one", certify("one.example"));
    auto const file = (folder.path() / "one").string();
    Behind behind("", "{address: '127.0.0.1:0', proxy_protocol: true, tls: {certificates: [{certificate: " + file +
                          ".pem, key: " + file + ".key}]}}");
    for (auto const& header : {line, binary}) {
        auto plain = behind.gateway.connect();
        plain.send_with_next(header);
        TlsSocket client(std::move(plain), {});
        for (int i = 0; i < 2; ++i) {
            client.send(get);
            CHECK(client.read_message().ends_with("hello"));
        }
        auto const received = behind.origin.received().back();
        CHECK(contains(received, "\r\nX-Forwarded-For: 192.0.2.7\r\n"));
        CHECK(contains(received, "\r\nX-Forwarded-Proto: https\r\n"));
    }
    CHECK_THROWS(TlsSocket(behind.gateway.port()));
}

}  // namespace tollgate::proxy_protocol_test
