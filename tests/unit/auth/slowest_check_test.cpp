#include "auth/slowest_check.hpp"

#include "support/await.hpp"
#include "support/fake_services.hpp"

#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

using namespace tollgate;
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

    void wait_for_pool() {
        auto const last = await(services.context, pool.run([] { return true; }));
        REQUIRE(last.has_value());
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the hold is half as long again as the slowest check that was measured or seen") {
    CHECK(slowest->hold() == 1500us);
    CHECK(slowest->measure({"fast"}));
    CHECK(slowest->hold() == 150ms);
    slowest->seen(99ms);
    CHECK(slowest->hold() == 150ms);
    slowest->seen(300ms);
    CHECK(slowest->hold() == 450ms);
    CHECK(slowest->measure({"slow", "fast"}));
    CHECK(slowest->hold() == 1200ms);
}

TEST_CASE_FIXTURE(Fixture, "a machine that stood still holds nobody back for as long") {
    slowest->seen(10min);
    CHECK(slowest->hold() == 15s);
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
    CHECK(slowest->hold() == 1200ms);
}

TEST_CASE_FIXTURE(Fixture, "what is new is measured on the pool, once; what was measured is no news") {
    CHECK(slowest->measure({"fast"}));
    CHECK_FALSE(slowest->has_news());
    slowest->expect({"fast", ""});
    CHECK_FALSE(slowest->has_news());
    slowest->expect({"fast", "odd", "slow"});
    CHECK(slowest->has_news());
    CHECK(slowest->hold() == 150ms);
    slowest->measure_on(pool);
    slowest->measure_on(pool);
    wait_for_pool();
    CHECK_FALSE(slowest->has_news());
    CHECK(slowest->hold() == 1200ms);
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
