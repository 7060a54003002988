// Servers behind that speak TLS and break off in the middle, or speak before they are asked.
#include "support/gateway.hpp"
#include "support/sealed.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <unistd.h>

#include <atomic>
#include <future>
#include <string>

namespace tollgate::upstream_tls_broken_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: sealed, protected: false, body_limit: 64MiB}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char const* post = "POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";

}  // namespace

TEST_CASE("a POST of which a server over TLS had a part, and reset, is sent to nobody else") {
    Authorities const by;
    struct {
        char const* limit;
        std::size_t bytes;
    } const rows[] = {
        {", max_requests: 1", 64 * 1024},  // all of it is at hand, and goes in one write
        {"", 64 * 1024},                   // a part of it, and then piece by piece
        {"", 8 * 1024 * 1024},
    };
    for (auto const& row : rows) {
        CAPTURE(row.limit);
        CAPTURE(row.bytes);
        std::atomic<int> begun{0};
        Sealed::Talk const breaks_off = [&](Origin&, TlsPeer& peer) {
            if (++begun > 1) return (void)peer.read_to_end();
            (void)peer.read_head();
            ::usleep(100'000);
            peer.reset();
        };
        Sealed first(by.serve(), breaks_off, Origin::Room::little);
        Sealed second(by.serve(), breaks_off, Origin::Room::little);
        Gateway gateway(1, {.routes = routes,
                            .upstreams = fmt::format("  sealed: {{servers: ['{}', '{}'], tls: {{{}}}{}}}\n",
                                                     first.url(), second.url(), by.ca(), row.limit)});
        auto client = gateway.connect();
        auto const sending = std::async(std::launch::async, [&] {
            client.try_send(fmt::format("POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", row.bytes) +
                            std::string(row.bytes, 'x'));
        });
        auto const answer = client.read_message();
        CHECK(answer.starts_with("HTTP/1.1 502 "));
        CHECK(contains(answer, "\"reason\":\"upstream_failed\""));
        CHECK(begun == 1);
        CHECK(first.origin.connections() + second.origin.connections() == 1);
        client.shut_down();
    }
}

TEST_CASE("what a server over TLS says before it is asked is nobody's answer, and its connection is used no more") {
    Authorities const by;
    for (int const delay_us : {0, 50'000}) {  // right behind the answer, or once the connection lies in the pool
        CAPTURE(delay_us);
        std::atomic<int> number{0};
        Sealed sealed(by.serve(), [&](Origin& self, TlsPeer& peer) {
            bool const early = ++number == 1;
            while (!self.receive(peer).empty()) {
                peer.send(ok("sealed"));
                if (!early) continue;
                ::usleep(static_cast<useconds_t>(delay_us));
                peer.send(ok("poison"));
            }
        });
        Gateway gateway(1, {.routes = routes, .upstreams = sealed.yaml(by.ca())});
        CHECK(gateway.ask(get).ends_with("sealed"));
        ::usleep(100'000);
        CHECK(gateway.ask(post).ends_with("sealed"));
        CHECK(gateway.ask(get).ends_with("sealed"));
        CHECK(sealed.origin.connections() == 2);
        CHECK(sealed.origin.received().size() == 3);
    }
}

}  // namespace tollgate::upstream_tls_broken_test
