#include "auth/change_feed.hpp"

#include "support/manual_clock.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <vector>

using namespace tollgate;
using namespace tollgate::auth;
using namespace std::chrono_literals;
using tollgate::testing::ManualClock;
using tollgate::testing::TempFolder;

namespace {

struct Fixture {
    TempFolder folder;
    std::filesystem::path file = folder.path() / "users.db";
    std::unique_ptr<UserStore> store = std::move(*UserStore::open(file));
    ManualClock clock;
    std::vector<Changes> published;

    std::unique_ptr<ChangeFeed> make() {
        return std::make_unique<ChangeFeed>(std::move(*UserStore::open(file)), clock,
                                            [this](Changes const& changes) { published.push_back(changes); });
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "what was there before the feed is not published") {
    CHECK(*store->add("a@x", "h", 1));
    CHECK(*store->set_password(1, "i", 1));
    auto const feed = make();
    REQUIRE(feed->poll());
    REQUIRE(feed->poll());
    CHECK(published.empty());
}

TEST_CASE_FIXTURE(Fixture, "a change is published once, a new user not at all") {
    auto const feed = make();
    REQUIRE(feed->poll());
    CHECK(*store->add("a@x", "h", 1));
    REQUIRE(feed->poll());
    CHECK(published.empty());
    CHECK(*store->set_standing(1, Standing::disabled, 1));
    REQUIRE(feed->poll());
    REQUIRE(feed->poll());
    REQUIRE(published.size() == 1);
    CHECK(published[0].changed == std::vector<std::int64_t>{1});
    CHECK(published[0].ended == std::vector<std::int64_t>{1});
}

TEST_CASE_FIXTURE(Fixture, "silence is counted from the last poll that succeeded") {
    auto const feed = make();
    CHECK(feed->silence() > 24h);
    REQUIRE(feed->poll());
    CHECK(feed->silence() == 0s);
    clock.advance(3s);
    CHECK(feed->silence() == 3s);
    {
        std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
        std::string const junk(64 * 1024, 'x');
        damage.write(junk.data(), static_cast<std::streamsize>(junk.size()));
    }
    store.reset();
    CHECK_FALSE(feed->poll());
    CHECK(feed->silence() == 3s);
}

TEST_CASE_FIXTURE(Fixture, "the thread publishes by itself and stops at once") {
    std::mutex mutex;
    std::condition_variable told;
    int count = 0;
    ChangeFeed feed(std::move(*UserStore::open(file)), clock, [&](Changes const&) {
        std::lock_guard const lock(mutex);
        ++count;
        told.notify_all();
    });
    REQUIRE(feed.poll());
    feed.start();
    CHECK(*store->add("a@x", "h", 1));
    CHECK(*store->remove(1, 1));
    std::unique_lock lock(mutex);
    CHECK(told.wait_for(lock, 10s, [&] { return count > 0; }));
    lock.unlock();

    auto const began = std::chrono::steady_clock::now();
    {
        ChangeFeed idle(std::move(*UserStore::open(file)), clock, [](Changes const&) {});
        idle.start();
    }
    CHECK(std::chrono::steady_clock::now() - began < 10s);
}
