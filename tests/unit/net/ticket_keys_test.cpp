#include "net/ticket_keys.hpp"

#include <doctest/doctest.h>

namespace tollgate::ticket_keys_test {
using namespace std::chrono_literals;
using net::TicketKeys;

TEST_CASE("a key seals tickets for an hour, and opens them for one more") {
    steady_time const start{1h};
    TicketKeys keys(start);
    auto const first = keys.current(start);
    CHECK(keys.current(start + 59min).name == first.name);
    auto const second = keys.current(start + 60min);
    CHECK(second.name != first.name);
    CHECK(second.cipher != first.cipher);
    CHECK(second.mac != first.mac);
    auto const found = keys.find(first.name, start + 119min);
    REQUIRE(found.has_value());
    CHECK(found->cipher == first.cipher);
    CHECK(keys.find(second.name, start + 119min).has_value());
    CHECK_FALSE(keys.find(first.name, start + 120min).has_value());
}

TEST_CASE("after a long silence no old key is good any more") {
    steady_time const start{1h};
    TicketKeys keys(start);
    auto const first = keys.current(start);
    CHECK_FALSE(keys.find(first.name, start + 2h).has_value());
}

TEST_CASE("a name that was never given has no key") {
    TicketKeys keys(steady_time{});
    CHECK_FALSE(keys.find(net::TicketKey{}.name, steady_time{}).has_value());
}

}  // namespace tollgate::ticket_keys_test
