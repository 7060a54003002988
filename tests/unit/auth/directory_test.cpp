#include "auth/directory.hpp"

#include "auth/hashing.hpp"
#include "auth/password.hpp"
#include "support/await.hpp"
#include "support/fake_services.hpp"
#include "support/stores.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

namespace tollgate::directory_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using tollgate::testing::await;
using tollgate::testing::FakeServices;
using tollgate::testing::settings_of;
using tollgate::testing::sqlite_store;
using tollgate::testing::TempFolder;

namespace {

Result<std::chrono::nanoseconds> written_down(std::string const& scheme) {
    static std::map<std::string, std::chrono::nanoseconds> const known{
        {"$2b$04", 10ms}, {"$2b$05", 20ms}, {"$2b$06", 40ms}};
    return known.at(scheme);
}

// A gateway that is open, and the store as another process sees it.
struct Fixture {
    TempFolder folder;
    std::filesystem::path file = folder.path() / "users.db";
    std::unique_ptr<UserStore> elsewhere = std::move(*UserStore::open(sqlite_store(file)));
    FakeServices services{2};
    std::shared_ptr<SlowestCheck> slowest = std::make_shared<SlowestCheck>(written_down);
    UserDirectory users{services, std::make_shared<VerifiedCaches>(2U), slowest, settings_of(sqlite_store(file))};
    Hashing hashing{services, 4, slowest};

    Fixture() {
        REQUIRE(users.open(Feeding::by_hand));
        REQUIRE(hashing.open(*users.store().schemes()));
        services.run_posted();
    }
    std::int64_t add(std::string const& email, unsigned cost) {
        return **elsewhere->add(email, *password::make_hash("correct horse", cost), 1'700'000'000);
    }
    // One step of the feed, all that workers do for it, and all that they have the pool do.
    void step() {
        REQUIRE(users.poll());
        services.run_posted();
        auto const last = await(services.context, password_pool(services, 0).run([] { return true; }));
        REQUIRE(last.has_value());
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a slower hash that another process adds or sets is measured before anybody tries it") {
    CHECK(hashing.hold() == 15ms);
    auto const id = add("a@x", 5);
    step();
    CHECK(hashing.hold() == 30ms);
    REQUIRE(*elsewhere->set_password(id, *password::make_hash("correct horse", 6), 1'700'000'000));
    step();
    CHECK(hashing.hold() == 60ms);
    REQUIRE(*elsewhere->remove(id, 1'700'000'000));
    step();
    CHECK(hashing.hold() == 60ms);
}

TEST_CASE_FIXTURE(Fixture, "it is measured once for all workers, and what is known already is measured by nobody") {
    add("a@x", 5);
    REQUIRE(users.poll());
    auto const before = services.pools.at("passwords").jobs_done();
    step();
    CHECK(services.pools.at("passwords").jobs_done() == before + 2);  // the last one is the test's
    add("b@x", 5);
    step();
    CHECK(services.pools.at("passwords").jobs_done() == before + 3);
}

TEST_CASE_FIXTURE(Fixture, "what the pool had no room for is asked for again with the next poll") {
    add("a@x", 6);
    services.pools.at("passwords").set_full(true);
    REQUIRE(users.poll());
    CHECK(services.run_posted() == 1);
    services.pools.at("passwords").set_full(false);
    step();
    CHECK(hashing.hold() == 60ms);
    REQUIRE(users.poll());
    CHECK(services.run_posted() == 0);
}

TEST_CASE_FIXTURE(Fixture, "the store that was opened last speaks for all, but not when it goes away again") {
    auto const is_ready = [&] { return services.readiness_checks.at("users")(); };
    CHECK(is_ready());
    auto const another = sqlite_store(folder.path() / "another.db");
    auto refused =
        std::make_unique<UserDirectory>(services, std::make_shared<VerifiedCaches>(2U), slowest, settings_of(another));
    REQUIRE(refused->open(Feeding::by_hand));
    services.time.advance(10s);
    REQUIRE(refused->poll());
    CHECK(is_ready());
    SUBCASE("at once") { refused.reset(); }
    SUBCASE("or with the next reload, when it was only stopped") { refused->stop(); }
    CHECK_FALSE(is_ready());
    REQUIRE(users.poll());
    CHECK(is_ready());
    services.time.advance(10s);
    CHECK_FALSE(is_ready());
    users.stop();
    CHECK(is_ready());  // none is in use
}

}  // namespace tollgate::directory_test
