#include "auth/hashing.hpp"

#include "auth/password.hpp"
#include "base/cpu_quota.hpp"
#include "support/await.hpp"
#include "support/fake_services.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace tollgate::hashing_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using tollgate::testing::await;
using tollgate::testing::FakeServices;

namespace {

std::shared_ptr<SlowestCheck> slowest() { return std::make_shared<SlowestCheck>(); }

}  // namespace

TEST_CASE("a failed login is answered at the first multiple of the hold that is not past") {
    constexpr steady_time began{1h};
    struct Row {
        std::chrono::nanoseconds passed;
        std::chrono::nanoseconds answered;
    };
    for (auto const& [passed, answered] :
         {Row{-1s, 300ms}, Row{0s, 300ms}, Row{1ns, 300ms}, Row{299ms, 300ms}, Row{300ms, 300ms},
          Row{300ms + 1ns, 600ms}, Row{600ms, 600ms}, Row{2s, 2100ms}}) {
        CAPTURE(passed.count());
        CHECK(answer_time(began, began + passed, 300ms) - began == answered);
    }
}

TEST_CASE("a password is checked on the pool, and nobody's password never matches") {
    FakeServices services;
    Hashing hashing(services, 4, slowest());
    REQUIRE(hashing.open({}));
    CHECK(services.pool_limits.at("passwords").queue == 64);
    CHECK(services.pool_limits.at("passwords").lowest_priority);
    CHECK(services.pool_limits.at("passwords").threads == usable_processors());
    auto const hash = *password::make_hash("correct horse", 4);
    auto const right = await(services.context, hashing.check(Secret("correct horse"), hash));
    REQUIRE(right);
    CHECK(right->matches);
    CHECK(right->began == services.time.steady_now());
    CHECK_FALSE(await(services.context, hashing.check(Secret("wrong horse"), hash))->matches);
    CHECK_FALSE(await(services.context, hashing.check(Secret("correct horse"), ""))->matches);
    CHECK(services.pools.at("passwords").jobs_done() == 3);
}

TEST_CASE("there are as many threads as were asked for") {
    FakeServices services;
    Hashing hashing(services, 4, slowest(), 3);
    REQUIRE(hashing.open({}));
    CHECK(services.pool_limits.at("passwords 3").threads == 3);
    CHECK(services.pool_limits.at("passwords 3").lowest_priority);
    CHECK(await(services.context, hashing.check(Secret("x"), *password::make_hash("x", 4)))->matches);
    CHECK(services.pools.at("passwords 3").jobs_done() == 1);
}

TEST_CASE("a full queue is an error at once") {
    FakeServices services;
    Hashing hashing(services, 4, slowest());
    REQUIRE(hashing.open({}));
    services.pools.at("passwords").set_full(true);
    CHECK(await(services.context, hashing.check(Secret("correct horse"), "")).error() == errc::queue_full);
}

TEST_CASE("the hold is that of the slowest scheme in the store") {
    FakeServices services;
    Hashing fast(services, 4, slowest());
    REQUIRE(fast.open({"$2b$04", ""}));
    CHECK(fast.hold() >= 1ms);
    Hashing slow(services, 4, slowest());
    REQUIRE(slow.open({"$2b$04", "$2a$08"}));  // sixteen times the work
    CHECK(slow.hold() > fast.hold());
    Hashing unknown(services, 4, slowest());
    auto const opened = unknown.open({"$9z$"});
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == "the user store holds hashes of an unknown kind ($9z$)");
}

TEST_CASE("a check that takes longer than all that were measured raises the hold, whatever comes of it") {
    FakeServices services;
    Hashing hashing(services, 4, std::make_shared<SlowestCheck>([](std::string const&) { return 1ms; }));
    REQUIRE(hashing.open({}));
    CHECK(hashing.hold() == 1500us);
    auto const slow = await(services.context, hashing.check(Secret("wrong horse"), *password::make_hash("correct", 8)));
    REQUIRE(slow);
    CHECK_FALSE(slow->matches);
    CHECK(hashing.hold() > 3ms);
}

TEST_CASE("what was measured and seen outlives a reload") {
    FakeServices services;
    auto const kept = slowest();
    Hashing hashing(services, 4, kept);
    REQUIRE(hashing.open({}));
    auto const before = hashing.hold();
    kept->seen("$2b$04", 3s, SlowestCheck::Work::perhaps_less, services.clock().steady_now());
    Hashing reloaded(services, 4, kept);
    REQUIRE(reloaded.open({}));
    CHECK(reloaded.hold() > 2 * before);
}

}  // namespace tollgate::hashing_test
