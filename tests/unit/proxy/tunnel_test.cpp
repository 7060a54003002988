#include "proxy/tunnel.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace tollgate::tunnel_test {
using namespace tollgate::proxy;
using namespace std::chrono_literals;

TEST_CASE("a half-closed tunnel has the patience of its route, and one of its own when the route has none") {
    CHECK(most_silence(5min, Speaking::both) == 5min);
    CHECK(most_silence(5min, Speaking::one) == 5min);
    CHECK(most_silence(300ms, Speaking::one) == 300ms);
    CHECK(most_silence({}, Speaking::both) == net::Timeout{});
    CHECK(most_silence({}, Speaking::one) == 30s);
}

}  // namespace tollgate::tunnel_test
