#include "server/admin.hpp"

#include "support/socket.hpp"

#include <doctest/doctest.h>

namespace tollgate::admin_test {
using server::Admin;
using testing::Socket;

namespace {

std::string ask(Admin const& admin, std::string_view request_line) {
    auto socket = Socket::connect(admin.port());
    socket.send(std::string(request_line) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return socket.read_to_end();
}

}  // namespace

TEST_CASE("the admin listener tells life, readiness and metrics, and nothing else") {
    SystemClock const clock;
    server::ServerServices services(clock, 1);
    services.counter("things", "Things.", {}).add(3);
    auto created = Admin::create("127.0.0.1", 0, services);
    REQUIRE(created);
    auto& admin = **created;
    CHECK(ask(admin, "GET /livez").starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(ask(admin, "GET /readyz").ends_with("\r\n\r\nok\n"));
    auto const metrics = ask(admin, "GET /metrics");
    CHECK(metrics.find("Content-Type: text/plain; version=0.0.4\r\n") != std::string::npos);
    CHECK(metrics.find("tollgate_things_total 3\n") != std::string::npos);
    CHECK(ask(admin, "HEAD /livez").ends_with("\r\n\r\n"));
    CHECK(ask(admin, "GET /").starts_with("HTTP/1.1 404 "));
    auto const refused = ask(admin, "POST /metrics");
    CHECK(refused.starts_with("HTTP/1.1 405 "));
    CHECK(refused.find("Allow: GET, HEAD\r\n") != std::string::npos);

    services.readiness("store", [] { return false; });
    admin.set_draining();
    auto const not_ready = ask(admin, "GET /readyz");
    CHECK(not_ready.starts_with("HTTP/1.1 503 "));
    CHECK(not_ready.ends_with("\r\n\r\ndraining\nstore\n"));
    CHECK(ask(admin, "GET /livez").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("the admin listener survives what is not HTTP, and says why it cannot bind") {
    SystemClock const clock;
    server::ServerServices services(clock, 1);
    auto created = Admin::create("127.0.0.1", 0, services);
    REQUIRE(created);
    auto garbage = Socket::connect((*created)->port());
    garbage.send(std::string(20'000, '\x16'));
    garbage.read_to_end();
    CHECK(ask(**created, "GET /livez").starts_with("HTTP/1.1 200 OK\r\n"));
    auto const second = Admin::create("127.0.0.1", (*created)->port(), services);
    REQUIRE_FALSE(second);
    CHECK(second.error() == "Address already in use");
}

}  // namespace tollgate::admin_test
