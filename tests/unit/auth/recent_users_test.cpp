#include "auth/recent_users.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tollgate::auth;

namespace {

User user(std::int64_t id) { return {.id = id, .email = "a@x", .password_hash = "secret"}; }

}  // namespace

TEST_CASE("a user is remembered without the hash, until he changes") {
    RecentUsers recent;
    recent.remember(user(1), recent.epoch());
    recent.remember(user(2), recent.epoch());
    REQUIRE(recent.find(1));
    CHECK(recent.find(1)->email == "a@x");
    CHECK(recent.find(1)->password_hash == "");
    recent.forget(std::vector<std::int64_t>{1});
    CHECK_FALSE(recent.find(1));
    CHECK(recent.find(2));
    recent.forget_all();
    CHECK_FALSE(recent.find(2));
}

TEST_CASE("what was asked before a change is not remembered after it") {
    RecentUsers recent;
    auto const epoch = recent.epoch();
    recent.forget(std::vector<std::int64_t>{7});
    recent.remember(user(1), epoch);
    CHECK_FALSE(recent.find(1));
}

TEST_CASE("there are never more than fit, and the last ones are kept") {
    RecentUsers recent(10);
    for (std::int64_t id = 1; id <= 100; ++id) recent.remember(user(id), recent.epoch());
    std::size_t kept = 0;
    for (std::int64_t id = 1; id <= 100; ++id) kept += recent.find(id) ? 1U : 0U;
    CHECK(kept <= 10);
    CHECK(kept >= 5);
    CHECK(recent.find(100));
}
