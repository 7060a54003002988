#include "net/connection_limit.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

namespace tollgate::connection_limit_test {
using tollgate::net::ConnectionLimit;

TEST_CASE("connections are admitted up to the limits, in total and for each address, and leave their places") {
    ConnectionLimit limit;
    limit.set(3, 2);
    std::vector<ConnectionLimit::Place> places;
    places.push_back(limit.enter("a"));
    places.push_back(limit.enter("a"));
    CHECK(places[0]);
    CHECK(places[1]);
    CHECK_FALSE(limit.enter("a"));  // two of one address
    CHECK(limit.count() == 2);
    places.push_back(limit.enter("b"));
    CHECK(places[2]);
    CHECK_FALSE(limit.enter("c"));  // three in all
    CHECK(limit.count() == 3);
    CHECK(limit.refused_per_address() == 1);
    CHECK(limit.refused_in_total() == 1);
    places.clear();
    CHECK(limit.count() == 0);
    CHECK(limit.enter("a"));
}

TEST_CASE("a connection that is nobody's yet counts in total, and for an address as soon as it has one") {
    ConnectionLimit limit;
    limit.set(3, 1);
    {
        auto first = limit.enter_for_nobody();
        auto second = limit.enter_for_nobody();
        auto third = limit.enter_for_nobody();
        CHECK(third);
        CHECK_FALSE(limit.enter_for_nobody());
        CHECK_FALSE(limit.enter("a"));
        CHECK(limit.count() == 3);
        CHECK(first.charge("a"));
        CHECK_FALSE(second.charge("a"));
        CHECK(second.charge("b"));
        CHECK(limit.count() == 3);
        CHECK(limit.refused_in_total() == 2);
        CHECK(limit.refused_per_address() == 1);
    }
    CHECK(limit.count() == 0);
    auto const again = limit.enter("a");
    CHECK(again);
}

TEST_CASE("an address that has no connection any more is forgotten, and one that may have none is refused") {
    ConnectionLimit limit;
    limit.set(10, 0);
    CHECK_FALSE(limit.enter("a"));
    CHECK(limit.refused_per_address() == 1);
    limit.set(10, 1);
    std::optional<ConnectionLimit::Place> first(limit.enter("a"));
    auto const moved = std::move(*first);
    first.reset();
    CHECK(limit.count() == 1);
    CHECK_FALSE(limit.enter("a"));
    CHECK(limit.enter("b"));
    CHECK(limit.count() == 1);
}

}  // namespace tollgate::connection_limit_test
