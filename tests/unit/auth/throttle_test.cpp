#include "auth/throttle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace tollgate::throttle_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;

namespace {

constexpr ThrottleLimits many_clients{
    .failures = 5, .first_wait = 1s, .longest_wait = 15min, .burst = 100'000, .interval = 1ms};
constexpr steady_time start{1h};

// Each of them a client of its own.
std::string elsewhere(int i) {
    return "10." + std::to_string(i / 65'536) + "." + std::to_string(i / 256 % 256) + "." + std::to_string(i % 256);
}

// So many clients fail once each with this account.
void fail_elsewhere(Throttle& throttle, std::string_view account, int clients, steady_time now) {
    for (int i = 0; i < clients; ++i) CHECK_FALSE(throttle.admit(account, elsewhere(i), now));
}

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
    throttle.succeeded("a", "1.1.1.1", start);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK(throttle.admit("a", "1.1.1.1", start));
}

TEST_CASE("an attempt that was not tried does not count") {
    Throttle throttle({.failures = 2, .first_wait = 1s, .longest_wait = 1s, .burst = 2, .interval = 10s});
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
        throttle.withdraw("a", "1.1.1.1", start);
    }
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK(throttle.admit("a", "1.1.1.1", start));
}

TEST_CASE("an attempt that was not tried does not make those before it the first to be forgotten") {
    Throttle throttle({.failures = 2, .first_wait = 1s, .longest_wait = 1s, .burst = 100, .interval = 1ms}, 2);
    CHECK_FALSE(throttle.admit("earlier", "2.2.2.2", start));
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start + 1s));
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start + 2s));
    throttle.withdraw("a", "1.1.1.1", start + 2s);
    CHECK_FALSE(throttle.admit("later", "3.3.3.3", start + 2s));  // in the place of the earlier one
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start + 2s));
    CHECK(throttle.admit("a", "1.1.1.1", start + 2s));
}

TEST_CASE("accounts do not wait for each other, and neither do clients") {
    Throttle throttle(many_clients);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
    CHECK(throttle.admit("a", "1.1.1.1", start));
    CHECK_FALSE(throttle.admit("b", "1.1.1.1", start));
    CHECK_FALSE(throttle.admit("a", "2.2.2.2", start));
    CHECK_FALSE(throttle.admit("a", "2001:db8:1:2::1", start));
}

TEST_CASE("an IPv6 client is its /64, whichever address of it fails") {
    Throttle throttle(many_clients);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "2001:db8:1:2::" + std::to_string(i), start));
    CHECK(throttle.admit("a", "2001:db8:1:2:ffff::1", start));
    CHECK_FALSE(throttle.admit("a", "2001:db8:1:3::1", start));
}

TEST_CASE("whoever goes on failing elsewhere keeps nobody out") {
    Throttle throttle({});
    auto now = start;
    int tried = 0;
    for (; tried < 25; now += 1s) tried += throttle.admit("founder", "6.6.6.6", now) ? 0 : 1;
    CHECK(now > start + 2h);
    CHECK(throttle.admit("founder", "6.6.6.6", now));
    CHECK_FALSE(throttle.admit("founder", "1.1.1.1", now));
}

TEST_CASE(
    "all clients together have twenty times as many attempts at an account, and then twenty in the longest wait") {
    Throttle throttle(many_clients);
    fail_elsewhere(throttle, "a", 100, start);
    CHECK(throttle.admit("a", "1.1.1.1", start) == 45s);
    CHECK_FALSE(throttle.admit("b", "1.1.1.1", start));
    CHECK_FALSE(throttle.admit("a", "1.1.1.1", start + 45s));
    CHECK(throttle.admit("a", "2.2.2.2", start + 45s) == 45s);
    int later = 0;
    for (int i = 0; i < 1000; ++i) later += throttle.admit("a", elsewhere(1000 + i), start + 45s + 15min) ? 0 : 1;
    CHECK(later == 20);
}

TEST_CASE("a client that has logged in passes the bound of all clients, and has its own") {
    Throttle throttle(many_clients);
    CHECK_FALSE(throttle.admit("a", "2001:db8::1", start));
    throttle.succeeded("a", "2001:db8::1", start);
    fail_elsewhere(throttle, "a", 100, start);
    fail_elsewhere(throttle, "b", 100, start);
    CHECK(throttle.admit("a", "1.1.1.1", start));
    CHECK(throttle.admit("b", "2001:db8::1", start));  // known to one account is not known to another
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "2001:db8::2", start));  // the same /64
    CHECK(throttle.admit("a", "2001:db8::1", start) == 1s);
    CHECK(throttle.admit("a", "1.1.1.1", start) == 45s);  // what a known client does costs the others nothing
}

TEST_CASE("a client is known for thirty days after it has logged in") {
    for (auto const& [later, refused] : {std::pair(30 * 24h - 1s, false), std::pair(30 * 24h + 1s, true)}) {
        Throttle throttle(many_clients);
        CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
        throttle.succeeded("a", "1.1.1.1", start);
        fail_elsewhere(throttle, "a", 100, start + later);
        CHECK(throttle.admit("a", "1.1.1.1", start + later).has_value() == refused);
    }
}

TEST_CASE("the clients that are known are bounded, who has logged in longest ago is forgotten") {
    Throttle throttle(many_clients, 10);
    for (int i = 0; i < 11; ++i) {
        CHECK_FALSE(throttle.admit("a", elsewhere(200 + i), start + i * 1s));
        throttle.succeeded("a", elsewhere(200 + i), start + i * 1s);
    }
    CHECK(throttle.size() == 10);
    fail_elsewhere(throttle, "a", 100, start + 11s);
    CHECK(throttle.admit("a", elsewhere(200), start + 11s));
    for (int i = 1; i < 11; ++i) CHECK_FALSE(throttle.admit("a", elsewhere(200 + i), start + 11s));
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

TEST_CASE("the first attempts after the start of the clock are no others") {
    Throttle throttle({});
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("a", "1.1.1.1", steady_time{}));
    CHECK(throttle.admit("a", "1.1.1.1", steady_time{}) == 1s);
}

TEST_CASE("a right password costs neither its client nor its account anything, and neither does one not tried") {
    Throttle throttle({.failures = 5, .first_wait = 1s, .longest_wait = 15min, .burst = 2, .interval = 10s});
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(throttle.admit("a", "1.1.1.1", start));
        throttle.succeeded("a", "1.1.1.1", start);
    }
    for (int i = 0; i < 300; ++i) {
        CHECK_FALSE(throttle.admit("b", elsewhere(i), start));
        throttle.succeeded("b", elsewhere(i), start);
        CHECK_FALSE(throttle.admit("c", elsewhere(i), start));
        throttle.withdraw("c", elsewhere(i), start);
    }
}

TEST_CASE("refused attempts leave no trace, and make nobody be forgotten") {
    Throttle throttle({.failures = 5, .first_wait = 10s, .longest_wait = 15min, .burst = 6, .interval = 1h}, 10);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("victim", "1.1.1.1", start));
    CHECK(throttle.size() == 1);
    for (int i = 0; i < 6; ++i) CHECK_FALSE(throttle.admit(i < 3 ? "b" : "c", "2.2.2.2", start));
    CHECK(throttle.size() == 3);
    for (int i = 0; i < 100; ++i) CHECK(throttle.admit("made up " + std::to_string(i), "2.2.2.2", start));
    CHECK(throttle.size() == 3);
    CHECK(throttle.admit("victim", "1.1.1.1", start) == 10s);
}

TEST_CASE("the tables are bounded, and who still waits is not forgotten for anybody who need not") {
    Throttle throttle(many_clients, 10);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(throttle.admit("victim", "1.1.1.1", start));
    for (int i = 0; i < 990; ++i) {
        CAPTURE(i);
        CHECK_FALSE(throttle.admit("other" + std::to_string(i), elsewhere(i), start + i * 1ms));
    }
    CHECK(throttle.size() == 10);
    CHECK(throttle.admit("victim", "1.1.1.1", start + 999ms));
    CHECK_FALSE(throttle.admit("victim", "1.1.1.1", start + 1s));
    CHECK(throttle.admit("victim", "1.1.1.1", start + 1s) == 2s);  // the failures before are known, too
}

TEST_CASE("when all rows wait a newcomer waits for the first of them, and those who have a row wait no longer for it") {
    Throttle throttle({.failures = 1, .first_wait = 10s, .longest_wait = 1h, .burst = 100, .interval = 1ms}, 3);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(throttle.admit("user" + std::to_string(i), elsewhere(i), start + i * 2s));
    CHECK(throttle.admit("new", "1.1.1.1", start + 4s) == 6s);
    CHECK(throttle.size() == 3);
    CHECK_FALSE(throttle.admit("new", "1.1.1.1", start + 10s));
    CHECK(throttle.size() == 3);
    CHECK(throttle.admit("user1", elsewhere(1), start + 11s) == 1s);
    CHECK_FALSE(throttle.admit("user1", elsewhere(1), start + 12s));
}

}  // namespace tollgate::throttle_test
