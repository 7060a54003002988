#include "upstream/server.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace tollgate::server_test {
using namespace std::chrono_literals;
using upstream::Server;

TEST_CASE("of TLS that fails with a server one line a minute is told, and each server is told of by itself") {
    auto const now = steady_time(1h);
    Server one("ai", "https://a:8001");
    Server other("ai", "https://a:8002");
    CHECK(one.tls_failed(now));
    CHECK_FALSE(one.tls_failed(now + 1s));
    CHECK(other.tls_failed(now + 1s));
    CHECK_FALSE(one.tls_failed(now + 59s));
    CHECK(one.tls_failed(now + 60s));
}

}  // namespace tollgate::server_test
