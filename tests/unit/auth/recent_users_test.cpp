#include "auth/recent_users.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tollgate::recent_users_test {
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

TEST_CASE("one who is asked for stays, whoever comes and goes meanwhile") {
    RecentUsers recent(10);
    recent.remember(user(1'000), recent.epoch());
    for (std::int64_t id = 1; id <= 100; ++id) {
        recent.remember(user(id), recent.epoch());
        REQUIRE(recent.find(1'000));
    }
    CHECK(recent.size() <= 10);
}

TEST_CASE("a million users take no more room than fit") {
    RecentUsers recent;
    for (std::int64_t id = 1; id <= 1'000'000; ++id) {
        recent.remember(user(id), recent.epoch());
        if (id % 3 == 0) (void)recent.find(id - 20'000);
    }
    CHECK(recent.size() <= most_recent_users);
    CHECK(recent.size() >= most_recent_users / 2);
}

TEST_CASE("threads that remember, ask and forget at once leave nobody behind who changed") {
    RecentUsers recent(64);
    std::atomic<bool> over = false;
    std::vector<std::thread> askers;
    askers.reserve(3);
    for (int i = 0; i < 3; ++i) {
        askers.emplace_back([&] {
            while (!over) {
                for (std::int64_t id = 1; id <= 16; ++id) {
                    recent.remember(user(id), recent.epoch());
                    (void)recent.find(id);
                }
            }
        });
    }
    std::int64_t const gone = 1'000;
    for (int turn = 0; turn < 2'000; ++turn) {
        auto const before = recent.epoch();
        recent.remember(user(gone), before);
        recent.forget(std::vector{gone});
        recent.remember(user(gone), before);  // what an asker read before the change
        REQUIRE_FALSE(recent.find(gone));
    }
    over = true;
    for (auto& asker : askers) asker.join();
    CHECK(recent.size() <= 64);
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

}  // namespace tollgate::recent_users_test
