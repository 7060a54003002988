// What a reload of `listen` means to those who have come in already: they keep what they came in by, and leave after
// their exchange when that holds no longer.
#include "support/eventually.hpp"
#include "support/gateway.hpp"
#include "support/held_origin.hpp"
#include "support/text.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace tollgate::entrance_test {
using namespace tollgate::testing;

namespace {

constexpr char const* first = "127.0.0.1:0";
constexpr char const* second = "127.0.0.2:0";
constexpr char const* routes = "  - {path: /x, upstream: ai, protected: false}\n";
constexpr char const* request = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

// A client between two requests, one that waits for its answer, and one that has not asked yet.
template <class Client>
struct Clients {
    template <class Connect>
    Clients(HeldOrigin& service, Connect connect) : idle(connect()), waiting(connect()), late(connect()) {
        service.let_go();
        idle.send(request);
        CHECK(idle.read_message().ends_with("/x"));
        waiting.send(request);
        CHECK(eventually([&] { return service.heard() == 2; }));
    }

    // All of them are served to the end of what they ask or have asked, and that was all.
    void leave(HeldOrigin& service) {
        late.send(request);
        CHECK(idle.read_to_end() == "");
        service.let_go(2);
        for (auto* client : {&waiting, &late}) {
            auto const answer = client->read_to_end();
            CHECK(contains(answer, "\r\nConnection: close\r\n"));
            CHECK(answer.ends_with("/x"));
        }
    }

    // They go on as if nothing had been.
    void stay(HeldOrigin& service) {
        service.let_go(4);
        CHECK(waiting.read_message().ends_with("/x"));
        for (auto* client : {&idle, &waiting, &late}) {
            client->send(request);
            auto const answer = client->read_message();
            CHECK_FALSE(contains(answer, "\r\nConnection: close\r\n"));
            CHECK(answer.ends_with("/x"));
        }
    }

    Client idle;
    Client waiting;
    Client late;
};

// The YAML of a listener that speaks TLS, by the certificate in `folder`.
std::string secure(TempFolder const& folder, std::string const& more = "", std::string const& address = first) {
    auto const file = (folder.path() / "one").string();
    return "{address: '" + address + "', tls: {certificates: [{certificate: " + file + ".pem, key: " + file + ".key}]" +
           more + "}}";
}

std::string list(std::string const& listeners) { return "[" + listeners + "]"; }

// The YAML of a listener where these say first for whom they connect.
std::string behind(std::string const& balancers) {
    return list("{address: '" + std::string(first) + "', proxy_protocol: true}") + "\ntrusted_proxies: " + balancers;
}

}  // namespace

TEST_CASE("who came in where nobody listens any more leaves after the exchange") {
    HeldOrigin service;
    Gateway gateway(service.port(), {.routes = routes, .listen = "[127.0.0.1:0, 127.0.0.2:0]"});
    Clients<Socket> clients(service, [&] { return gateway.connect(); });
    REQUIRE(gateway.reload_listen(second));
    clients.leave(service);
}

TEST_CASE("who came in by rules that are others now leaves after the exchange") {
    TempFolder const folder;
    write_pair(folder, "one", certify("one.example"));
    auto const ca = folder.write("ca.pem", certify("authority.example").certificate).string();
    for (auto const& more : {std::string(", min_version: '1.3'"), ", client_auth: required, client_ca: " + ca}) {
        CAPTURE(more);
        HeldOrigin service;
        Gateway gateway(service.port(), {.routes = routes, .listen = list(secure(folder))});
        Clients<TlsSocket> clients(service, [&] { return TlsSocket(gateway.port()); });
        REQUIRE(gateway.reload_listen(list(secure(folder, more))));
        clients.leave(service);
    }
    for (auto const& now : {list(secure(folder)), behind("127.0.0.1"),
                            list("{address: '127.0.0.1:0', redirect_to_https: true}, " + secure(folder, "", second))}) {
        CAPTURE(now);
        HeldOrigin service;
        Gateway gateway(service.port(), {.routes = routes});
        Clients<Socket> clients(service, [&] { return gateway.connect(); });
        REQUIRE(gateway.reload_listen(now));
        clients.leave(service);
    }
}

TEST_CASE("who came in without a PROXY header leaves when he is one of those who have to send it now") {
    HeldOrigin service;
    Gateway gateway(service.port(), {.routes = routes, .listen = behind("203.0.113.0/24")});
    Clients<Socket> clients(service, [&] { return gateway.connect(); });
    REQUIRE(gateway.reload_listen(behind("[203.0.113.0/24, 127.0.0.1]")));
    clients.leave(service);
}

TEST_CASE("who was believed by a client certificate is asked for it again after a reload, and a renewal") {
    TempFolder const folder;
    write_pair(folder, "one", certify("one.example"));
    auto const authority = certify("authority.example");
    auto const own = certify("client.example", &authority);
    auto const ca = folder.write("ca.pem", authority.certificate).string();
    auto const listen =
        list(secure(folder, ", client_auth: required, client_ca: " + ca) + ", " + secure(folder, "", second));
    HeldOrigin service;
    Gateway gateway(service.port(), {.routes = routes, .listen = listen});
    Clients<TlsSocket> asked(service, [&] { return TlsSocket(gateway.port(), {.own = &own}); });
    SUBCASE("a reload") {
        REQUIRE(gateway.reload(routes));
        asked.leave(service);
    }
    SUBCASE("a renewal, which lets those stay who were not asked") {
        TlsSocket not_asked(gateway.server().ports()[1], {.address = "127.0.0.2"});
        write_pair(folder, "one", certify("new.example"));
        CHECK(asked.idle.read_to_end() == "");
        CHECK(TlsSocket(gateway.port(), {.own = &own}).name_of_peer() == "new.example");
        service.let_go(2);
        CHECK(contains(asked.waiting.read_message(), "\r\nConnection: close\r\n"));
        not_asked.send(request);
        CHECK_FALSE(contains(not_asked.read_message(), "\r\nConnection: close\r\n"));
    }
}

TEST_CASE("who came in by rules that still hold stays, whatever else is reloaded") {
    TempFolder const folder;
    write_pair(folder, "one", certify("one.example"));
    HeldOrigin service;
    SUBCASE("in the clear") {
        Gateway gateway(service.port(), {.routes = routes});
        Clients<Socket> clients(service, [&] { return gateway.connect(); });
        REQUIRE(gateway.reload_listen("[127.0.0.2:0, 127.0.0.1:0]"));
        clients.stay(service);
    }
    SUBCASE("without the header that others have to send") {
        Gateway gateway(service.port(), {.routes = routes, .listen = behind("203.0.113.0/24")});
        Clients<Socket> clients(service, [&] { return gateway.connect(); });
        REQUIRE(gateway.reload("  - {path: /*, upstream: ai, protected: false}\n"));
        clients.stay(service);
    }
    SUBCASE("over TLS, with another certificate") {
        Gateway gateway(service.port(), {.routes = routes, .listen = list(secure(folder))});
        Clients<TlsSocket> clients(service, [&] { return TlsSocket(gateway.port()); });
        write_pair(folder, "one", certify("new.example"));
        REQUIRE(gateway.reload(routes));
        clients.stay(service);
    }
}

TEST_CASE("who has not asked a second after the rules changed is let go") {
    HeldOrigin service;
    Gateway gateway(service.port(), {.routes = routes});
    auto late = gateway.connect();
    auto const began = std::chrono::steady_clock::now();
    REQUIRE(gateway.reload_listen(second));
    CHECK(late.read_to_end() == "");
    auto const waited = std::chrono::steady_clock::now() - began;
    CHECK(waited > std::chrono::milliseconds(900));
    CHECK(waited < std::chrono::seconds(5));
}

}  // namespace tollgate::entrance_test
