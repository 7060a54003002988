#include "auth/throttle.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace tollgate;
using namespace tollgate::auth;
using namespace std::chrono_literals;

namespace {

constexpr ThrottleLimits many_clients{
    .failures = 5, .first_wait = 1s, .longest_wait = 15min, .burst = 100'000, .interval = 1ms};
constexpr steady_time start{1h};

}  // namespace

TEST_CASE("five failures are free, then the wait doubles up to fifteen minutes") {
    Throttle throttle(many_clients);
    auto now = start;
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "1.1.1.1", now));
    std::chrono::seconds expected(1);
    for (int i = 0; i < 14; ++i) {
        CAPTURE(i);
        CHECK(throttle.admit("a", "1.1.1.1", now) == expected);
        CHECK(throttle.admit("a", "1.1.1.1", now + expected - 1ns) == 1s);
        now += expected;
        CHECK_FALSE(throttle.admit("a", "1.1.1.1", now));
        expected = std::min<std::chrono::seconds>(expected * 2, 15min);
    }
    CHECK(throttle.admit("a", "1.1.1.1", now) == 900s);
}

TEST_CASE("attempts in parallel count before their outcome is known") {
    Throttle throttle(many_clients);
    int admitted = 0;
    for (int i = 0; i < 50; ++i) admitted += throttle.admit("a", "1.1.1.1", start) ? 0 : 1;
    CHECK(admitted == 5);
}

TEST_CASE("a success forgets the failures") {
    Throttle throttle(many_clients);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK(throttle.admit("a", "1.1.1.1", start));
    throttle.succeeded("a", "1.1.1.1");
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK(throttle.admit("a", "1.1.1.1", start));
}

TEST_CASE("an attempt that was not tried does not count") {
    Throttle throttle({.failures = 2, .first_wait = 1s, .longest_wait = 1s, .burst = 2, .interval = 10s});
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
        throttle.withdraw("a", "1.1.1.1");
    }
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK(throttle.admit("a", "1.1.1.1", start));
}

TEST_CASE("accounts do not wait for each other") {
    Throttle throttle(many_clients);
    for (int i = 0; i < 6; ++i) (void)throttle.admit("a", "1.1.1.1", start);
    CHECK(throttle.admit("a", "2.2.2.2", start));
    CHECK_FALSE(throttle.admit("b", "1.1.1.1", start));
}

TEST_CASE("a client has a burst of twenty over all accounts, and one more every three seconds") {
    Throttle throttle({});
    for (int i = 0; i < 20; ++i) CHECK_FALSE(throttle.admit("user" + std::to_string(i), "1.1.1.1", start));
    CHECK(throttle.admit("x", "1.1.1.1", start) == 3s);
    CHECK(throttle.admit("x", "1.1.1.1", start + 2s) == 1s);
    CHECK_FALSE(throttle.admit("x", "1.1.1.1", start + 3s));
    CHECK(throttle.admit("y", "1.1.1.1", start + 3s) == 3s);
    CHECK_FALSE(throttle.admit("y", "2.2.2.2", start + 3s));
    for (int i = 0; i < 20; ++i) CHECK_FALSE(throttle.admit("later" + std::to_string(i), "1.1.1.1", start + 1h));
    CHECK(throttle.admit("z", "1.1.1.1", start + 1h) == 3s);
}

TEST_CASE("a right password costs its client nothing") {
    Throttle throttle({.failures = 5, .first_wait = 1s, .longest_wait = 1s, .burst = 2, .interval = 10s});
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
        throttle.succeeded("a", "1.1.1.1");
    }
}

TEST_CASE("the tables are bounded, the oldest rows go first") {
    Throttle throttle(many_clients, 10);
    for (int i = 0; i < 5; ++i) (void)throttle.admit("victim", "1.1.1.1", start);
    for (int i = 0; i < 9; ++i) (void)throttle.admit("user" + std::to_string(i), "10.0.0." + std::to_string(i), start);
    CHECK(throttle.size() == 10);
    CHECK(throttle.admit("victim", "1.1.1.1", start));  // still known, and young again
    for (int i = 0; i < 100; ++i)
        (void)throttle.admit("other" + std::to_string(i), "10.0.1." + std::to_string(i), start);
    CHECK(throttle.size() == 10);
    CHECK_FALSE(throttle.admit("victim", "1.1.1.1", start));
}
