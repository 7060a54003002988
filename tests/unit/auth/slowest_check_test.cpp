#include "auth/slowest_check.hpp"

#include "support/await.hpp"
#include "support/fake_services.hpp"

#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::slowest_check_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using tollgate::testing::await;
using tollgate::testing::FakeServices;

namespace {

using Schemes = std::vector<std::string>;

// Measurements that are written down beforehand; what is not there nobody can check.
struct Fixture {
    std::map<std::string, std::chrono::nanoseconds> known{{"fast", 100ms}, {"slow", 800ms}};
    std::mutex mutex;  // guards asked
    Schemes asked;
    FakeServices services;
    plugin::Pool& pool = services.pool("passwords", {});
    std::shared_ptr<SlowestCheck> slowest =
        std::make_shared<SlowestCheck>([this](std::string const& scheme) -> Result<std::chrono::nanoseconds> {
            std::lock_guard const lock(mutex);
            asked.push_back(scheme);
            auto const found = known.find(scheme);
            if (found == known.end()) return failure(errc::internal_error);
            return found->second;
        });

    steady_time now{1h};

    void see(std::string const& scheme, std::chrono::nanoseconds took,
             SlowestCheck::Work work = SlowestCheck::Work::perhaps_less) {
        slowest->seen(scheme, took, work, now);
    }

    void wait_for_pool() {
        auto const last = await(services.context, pool.run([] { return true; }));
        REQUIRE(last.has_value());
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the hold is half as long again as the slowest check that was measured") {
    CHECK(slowest->hold(now) == 1500us);
    CHECK(slowest->measure({"fast"}));
    CHECK(slowest->hold(now) == 150ms);
    CHECK(slowest->measure({"slow", "fast"}));
    CHECK(slowest->hold(now) == 1200ms);
}

TEST_CASE_FIXTURE(Fixture, "it is longer by at least as much as any check took longer, whosever hash it was") {
    CHECK(slowest->measure({"fast", "slow"}));
    SUBCASE("in steps, so that it says little of the last one") {
        see("fast", 125ms);
        CHECK(slowest->hold(now) == 1200ms);
        see("fast", 126ms);
        CHECK(slowest->hold(now) == 2400ms);
        see("slow", 1600ms);
        CHECK(slowest->hold(now) == 2400ms);
        see("slow", 1601ms);
        CHECK(slowest->hold(now) == 4800ms);
    }
    SUBCASE("not shorter") {
        see("fast", 99ms);
        see("slow", 1ms);
        CHECK(slowest->hold(now) == 1200ms);
    }
    SUBCASE("by a fast one") {
        see("fast", 300ms);
        CHECK(slowest->hold(now) == 4800ms);
    }
    SUBCASE("by a slow one") {
        see("slow", 2400ms);
        see("fast", 110ms);
        CHECK(slowest->hold(now) == 4800ms);
    }
    SUBCASE("by one that was not measured yet, when it is slower than all") {
        see("new", 400ms);
        CHECK(slowest->hold(now) == 1200ms);
        see("new", 2400ms);
        CHECK(slowest->hold(now) == 4800ms);
    }
}

TEST_CASE_FIXTURE(Fixture, "a machine that stood still holds nobody back for as long") {
    known["still"] = 10min;
    CHECK(slowest->measure({"fast"}));
    see("fast", 10min);
    CHECK(slowest->hold(now) == 15s);
    CHECK(slowest->measure({"still"}));
    CHECK(slowest->hold(now) == 15s);
}

TEST_CASE_FIXTURE(Fixture,
                  "what was seen counts for five minutes at least and for ten at most, what was measured for good") {
    CHECK(slowest->measure({"fast"}));
    see("fast", 400ms);
    now += 4min + 59s;
    see("fast", 200ms);
    CHECK(slowest->hold(now) == 600ms);
    now += 4min;
    SUBCASE("while others are seen") {
        see("fast", 150ms);
        CHECK(slowest->hold(now) == 600ms);
        now += 1min + 1s;
        CHECK(slowest->hold(now) == 300ms);
        now += 5min;
        CHECK(slowest->hold(now) == 150ms);
    }
    SUBCASE("while nobody comes") {
        CHECK(slowest->hold(now) == 600ms);
        now += 1min + 1s;
        CHECK(slowest->hold(now) == 150ms);
    }
}

TEST_CASE_FIXTURE(Fixture,
                  "what was measured while the machine was full is mended by a check that did all of its work") {
    CHECK(slowest->measure({"slow", "fast"}));
    see("slow", 200ms);
    CHECK(slowest->hold(now) == 1200ms);
    see("slow", 200ms, SlowestCheck::Work::whole);
    CHECK(slowest->hold(now) == 300ms);
    SUBCASE("for good") {
        now += 1h;
        CHECK(slowest->hold(now) == 300ms);
    }
    SUBCASE("and what takes longer from then on is longer than that") {
        see("slow", 400ms, SlowestCheck::Work::whole);
        CHECK(slowest->hold(now) == 600ms);
    }
    SUBCASE("for its own scheme alone") {
        see("slow", 10ms, SlowestCheck::Work::whole);
        CHECK(slowest->hold(now) == 150ms);
        see("odd", 1us, SlowestCheck::Work::whole);
        CHECK(slowest->hold(now) == 150ms);
    }
    SUBCASE("but not to nothing") {
        see("fast", 0ns, SlowestCheck::Work::whole);
        see("slow", 0ns, SlowestCheck::Work::whole);
        CHECK(slowest->hold(now) == 1500us);
    }
}

TEST_CASE_FIXTURE(Fixture, "each scheme is measured once, and no hash needs no measuring") {
    CHECK(slowest->measure({"fast", "", "slow", "fast"}));
    CHECK(slowest->measure({"slow"}));
    CHECK(asked == Schemes{"fast", "slow"});
}

TEST_CASE_FIXTURE(Fixture, "what nobody can check is named, and keeps nothing else from being measured") {
    auto const measured = slowest->measure({"odd", "slow", "even"});
    REQUIRE_FALSE(measured);
    CHECK(measured.error() == "odd, even");
    CHECK(slowest->hold(now) == 1200ms);
}

TEST_CASE_FIXTURE(Fixture, "what is new is measured on the pool, once; what was measured is no news") {
    CHECK(slowest->measure({"fast"}));
    CHECK_FALSE(slowest->has_news());
    slowest->expect({"fast", ""});
    CHECK_FALSE(slowest->has_news());
    slowest->expect({"fast", "odd", "slow"});
    CHECK(slowest->has_news());
    CHECK(slowest->hold(now) == 150ms);
    slowest->measure_on(pool);
    slowest->measure_on(pool);
    wait_for_pool();
    CHECK_FALSE(slowest->has_news());
    CHECK(slowest->hold(now) == 1200ms);
    CHECK(asked == Schemes{"fast", "odd", "slow"});
}

TEST_CASE_FIXTURE(Fixture, "what waits for the pool is queued once, and what a full pool refuses remains news") {
    slowest->expect({"slow"});
    services.pools.at("passwords").set_full(true);
    slowest->measure_on(pool);
    CHECK(slowest->has_news());
    services.pools.at("passwords").set_full(false);

    std::unique_lock lock(mutex);  // whoever measures waits here
    slowest->measure_on(pool);
    slowest->measure_on(pool);
    slowest->expect({"fast"});
    lock.unlock();
    slowest->measure_on(pool);
    wait_for_pool();
    CHECK_FALSE(slowest->has_news());
    CHECK(services.pools.at("passwords").jobs_done() <= 3);
}

TEST_CASE("the real checks are measured: sixteen times the work takes longer") {
    auto const fast = time_of_check("$2b$04");
    auto const slow = time_of_check("$2b$08");
    REQUIRE(fast.has_value());
    REQUIRE(slow.has_value());
    CHECK(*slow > *fast);
    CHECK(time_of_check("$argon2id$v=19$m=64,t=1,p=1").has_value());
    CHECK_FALSE(time_of_check("$9z$").has_value());
}

}  // namespace tollgate::slowest_check_test
