#include "auth/change_feed.hpp"

#include "support/manual_clock.hpp"

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace tollgate::change_feed_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using tollgate::testing::ManualClock;

namespace {

// A feed whose answers are written down beforehand.
struct Fixture {
    ManualClock clock;
    std::deque<Result<Changes>> answers;
    std::vector<std::int64_t> asked;
    std::vector<Changes> published;
    ChangeFeed feed{[this](LogPoint const& latest) {
                        asked.push_back(latest.id);
                        auto answer = answers.front();
                        answers.pop_front();
                        return answer;
                    },
                    [] { return -1; }, clock, [this](Changes const& changes) { published.push_back(changes); }};
};

Changes changes(std::int64_t latest, std::vector<std::int64_t> changed = {}) {
    return {.latest = {.id = latest, .row = {}}, .changed = changed, .ended = changed};
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the first poll only asks where the log ends, each later one for what came after the last") {
    answers = {changes(7), changes(7), changes(9, {3}), changes(9)};
    for (int i = 0; i < 4; ++i) CHECK(feed.poll());
    CHECK(asked == std::vector<std::int64_t>{-1, 7, 7, 9});
}

TEST_CASE_FIXTURE(Fixture, "what changed is published once, and nothing else is") {
    answers = {changes(7), changes(8), changes(9, {3}), changes(9)};
    for (int i = 0; i < 4; ++i) CHECK(feed.poll());
    REQUIRE(published.size() == 1);
    CHECK(published[0].changed == std::vector<std::int64_t>{3});
}

TEST_CASE_FIXTURE(Fixture, "a log that was replaced is published although it names nobody") {
    answers = {changes(7), Changes{.latest = {.id = 2, .row = {}}, .everything = true, .changed = {}, .ended = {}},
               changes(2)};
    for (int i = 0; i < 3; ++i) CHECK(feed.poll());
    REQUIRE(published.size() == 1);
    CHECK(published[0].everything);
    CHECK(asked.back() == 2);
}

TEST_CASE_FIXTURE(Fixture, "silence is counted from the last poll that succeeded, and nothing is lost in it") {
    CHECK(feed.silence() > 24h);
    answers = {changes(7), failure(errc::store_unavailable), changes(8, {1})};
    CHECK(feed.poll());
    CHECK(feed.silence() == 0s);
    clock.advance(3s);
    CHECK(feed.poll().error() == errc::store_unavailable);
    CHECK(feed.silence() == 3s);
    CHECK(feed.poll());
    CHECK(feed.silence() == 0s);
    CHECK(asked == std::vector<std::int64_t>{-1, 7, 7});
    CHECK(published.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "when nobody asks it looks around, rests, and asks nothing more") {
    int looks = 0;
    feed.may_rest([&] { ++looks; });
    answers.assign(polls_before_rest + 1, changes(7));
    for (unsigned i = 0; i < polls_before_rest; ++i) {
        CHECK_FALSE(feed.rest()->is_on());
        CHECK(feed.turn() == feed_interval);
    }
    CHECK(feed.rest()->is_on());  // announced: who comes now ends it
    CHECK(looks == 0);
    CHECK_FALSE(feed.turn());
    CHECK(looks == 1);
    CHECK(feed.rest()->is_on());
}

TEST_CASE_FIXTURE(Fixture, "whoever comes ends the rest, and what is known counts again once it has asked") {
    int looks = 0;
    feed.may_rest([&] { ++looks; });
    answers.assign(2 * polls_before_rest + 2, changes(7));
    SUBCASE("before it begins") {
        for (unsigned i = 0; i < polls_before_rest; ++i) (void)feed.turn();
    }
    SUBCASE("in it") {
        for (unsigned i = 0; i <= polls_before_rest; ++i) (void)feed.turn();
        CHECK(looks == 1);
    }
    looks = 0;
    feed.rest()->rouse();
    CHECK(feed.rest()->is_on());
    pollfd roused{.fd = feed.rest()->descriptor(), .events = POLLIN, .revents = 0};
    CHECK(::poll(&roused, 1, 0) == 1);
    feed.rest()->heard();
    CHECK(::poll(&roused, 1, 0) == 0);
    CHECK(feed.turn() == feed_interval);
    CHECK_FALSE(feed.rest()->is_on());
    for (unsigned i = 1; i < polls_before_rest; ++i) CHECK(feed.turn() == feed_interval);
    CHECK(feed.rest()->is_on());
    CHECK(looks == 0);
}

TEST_CASE_FIXTURE(Fixture, "who is found when it looks around keeps it awake") {
    feed.may_rest([this] { feed.rest()->rouse(); });
    answers.assign(3 * polls_before_rest, changes(7));
    for (unsigned i = 0; i <= polls_before_rest; ++i) (void)feed.turn();
    pollfd roused{.fd = feed.rest()->descriptor(), .events = POLLIN, .revents = 0};
    CHECK(::poll(&roused, 1, 0) == 1);
    CHECK(feed.turn() == feed_interval);
    CHECK_FALSE(feed.rest()->is_on());
}

TEST_CASE_FIXTURE(Fixture, "it does not rest while the store is silent, nor where it may not") {
    auto const away = Result<Changes>(failure(errc::store_unavailable));
    SUBCASE("where it may not") {
        answers.assign(4 * polls_before_rest, changes(7));
        for (unsigned i = 0; i < 4 * polls_before_rest; ++i) CHECK(feed.turn() == feed_interval);
        CHECK_FALSE(feed.rest()->is_on());
        return;
    }
    feed.may_rest([] {});
    SUBCASE("silent all the time") {
        answers.assign(4 * polls_before_rest, away);
        for (unsigned i = 0; i < 4 * polls_before_rest; ++i) CHECK(feed.turn() == feed_interval);
    }
    SUBCASE("silent just before it begins") {
        answers.assign(polls_before_rest, changes(7));
        answers.push_back(away);
        for (unsigned i = 0; i <= polls_before_rest; ++i) CHECK(feed.turn() == feed_interval);
    }
    SUBCASE("silent when it is roused") {
        answers.assign(polls_before_rest + 1, changes(7));
        answers.push_back(away);
        for (unsigned i = 0; i <= polls_before_rest; ++i) (void)feed.turn();
        feed.rest()->rouse();
        CHECK(feed.turn() == feed_interval);
    }
    CHECK_FALSE(feed.rest()->is_on());
}

TEST_CASE("a thread that rests is roused, and stops when asked") {
    ManualClock const clock;
    std::mutex mutex;
    std::condition_variable told;
    std::int64_t polls = 0;
    int looks = 0;
    ChangeFeed feed(
        [&](LogPoint const&) {
            std::lock_guard const lock(mutex);
            told.notify_all();
            return changes(++polls);
        },
        [] { return -1; }, clock, [](Changes const&) {});
    feed.may_rest([&] {
        std::lock_guard const lock(mutex);
        ++looks;
        told.notify_all();
    });
    feed.start();
    std::unique_lock lock(mutex);
    REQUIRE(told.wait_for(lock, 30s, [&] { return looks == 1; }));
    auto const before = polls;
    CHECK_FALSE(told.wait_for(lock, 3 * feed_interval, [&] { return polls != before; }));
    lock.unlock();
    feed.rest()->rouse();
    lock.lock();
    CHECK(told.wait_for(lock, 30s, [&] { return polls > before + 1; }));
    CHECK(told.wait_for(lock, 30s, [&] { return looks == 2; }));
}

TEST_CASE("the thread polls by itself and stops when asked") {
    ManualClock const clock;
    std::mutex mutex;
    std::condition_variable told;
    std::int64_t polls = 0;
    ChangeFeed feed(
        [&](LogPoint const&) {
            std::lock_guard const lock(mutex);
            told.notify_all();
            return changes(++polls);
        },
        [] { return -1; }, clock, [](Changes const&) {});
    feed.start();
    std::unique_lock lock(mutex);
    CHECK(told.wait_for(lock, 30s, [&] { return polls >= 2; }));
}

}  // namespace tollgate::change_feed_test
