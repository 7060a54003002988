// Servers behind that listen at a path of this machine.
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string>

namespace tollgate::upstream_socket_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes = "  - {path: /open, upstream: near, protected: false, timeouts: {connect: 500ms}}\n";
constexpr char const* get = "GET /open HTTP/1.1\r\nHost: a\r\n\r\n";

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Gateway gateway_to(std::string const& url, std::string const& more = "") {
    return Gateway(1, {.routes = routes, .upstreams = fmt::format("  near: {{url: '{}'{}}}\n", url, more)});
}

}  // namespace

TEST_CASE("a server at a path is asked as any other, with a base path behind a colon") {
    TempFolder const folder;
    auto const path = (folder.path() / "ai.sock").string();
    Origin origin(Origin::always(ok("near")), path);
    {
        auto const gateway = gateway_to("unix:" + path);
        for (int i = 0; i < 3; ++i) CHECK(gateway.ask(get).ends_with("\r\n\r\nnear"));
        CHECK(origin.connections() == 1);
        CHECK(origin.received()[0].starts_with("GET /open HTTP/1.1\r\nHost: a\r\n"));
        CHECK(contains(gateway.log(1).at(0), "\"server\":\"unix:" + path + "\""));
    }
    auto const gateway = gateway_to("unix:" + path + ":/v1", ", host: upstream, health: {path: /healthz}");
    CHECK(gateway.ask(get).ends_with("\r\n\r\nnear"));
    for (std::string const asked : {"/healthz", "/v1/open"}) {  // in whatever order
        auto const is_it = [&](std::string const& head) {
            return head.starts_with("GET " + asked + " HTTP/1.1\r\nHost: localhost\r\n");
        };
        CHECK(std::ranges::any_of(origin.received(), is_it));
    }
}

TEST_CASE("a path where nobody listens refuses") {
    TempFolder const folder;
    auto const left_over = (folder.path() / "old.sock").string();
    Origin(Origin::always(ok("gone")), left_over);
    for (auto const& path : {left_over, (folder.path() / "none.sock").string(), folder.write("file", "").string()}) {
        CAPTURE(path);
        auto const answer = gateway_to("unix:" + path).ask(get);
        CHECK(answer.starts_with("HTTP/1.1 502 "));
        CHECK(contains(answer, "\"reason\":\"upstream_refused\""));
    }
}

TEST_CASE("a queue that is full is waited for, as long as connecting may take") {
    TempFolder const folder;
    auto const path = (folder.path() / "full.sock").string();
    int const listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    auto const* const at = reinterpret_cast<sockaddr const*>(&address);
    REQUIRE(::bind(listening, at, sizeof address) == 0);
    REQUIRE(::listen(listening, 0) == 0);
    int const first = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(first, at, sizeof address) == 0);
    auto const gateway = gateway_to("unix:" + path);
    CHECK(gateway.ask(get).starts_with("HTTP/1.1 504 "));

    auto waiting = gateway.connect();
    waiting.send(get);
    ::usleep(100'000);
    ::close(::accept(listening, nullptr, nullptr));  // makes room
    Socket server(::accept(listening, nullptr, nullptr));
    CHECK(server.read_head().starts_with("GET /open "));
    auto const before = cpu_seconds();
    ::usleep(400'000);  // it thinks; nobody has anything to do
    CHECK(cpu_seconds() - before < 0.2);
    server.send(ok("at last"));
    CHECK(waiting.read_message().ends_with("at last"));
    waiting.send(get);  // over the same connection, though it was hard to get
    CHECK(server.read_head().starts_with("GET /open "));
    server.send(ok("once more"));
    CHECK(waiting.read_message().ends_with("once more"));
    ::close(first);
    ::close(listening);
}

}  // namespace tollgate::upstream_socket_test
