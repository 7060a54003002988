// How a token that was not seen before fares when its user was, and any token when the feed has rested.
#include "auth/bearer.hpp"
#include "support/bearer_check.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <boost/asio/detached.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tollgate::bearer_memory_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using plugin::Verdict;
using tollgate::testing::await;
using tollgate::testing::check_grace;
using tollgate::testing::check_now;
using tollgate::testing::CheckWithUsers;
using tollgate::testing::FakeExchange;

namespace {

constexpr std::int64_t now = check_now;

void change_by_hand(std::filesystem::path const& file, char const* statements) {
    sqlite3* opened = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &opened) == SQLITE_OK);
    std::unique_ptr<sqlite3, decltype(&sqlite3_close)> const database(opened, sqlite3_close);
    REQUIRE(sqlite3_exec(opened, statements, nullptr, nullptr, nullptr) == SQLITE_OK);
}

// A gateway that has had nothing to do for `idle`.
struct Rested : CheckWithUsers {
    std::string token = issue();

    Rested() { REQUIRE(admits(token)); }
    void rest_for(std::chrono::nanoseconds idle) {
        for (unsigned i = 0; i < polls_before_rest; ++i) REQUIRE(users->turn());
        REQUIRE_FALSE(users->turn());
        services.time.advance(idle);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Rested, "after a rest nobody is believed before the store was asked") {
    rest_for(30s);
    SUBCASE("nothing happened") {
        auto const before = services.pools.at("store").jobs_done();
        CHECK_FALSE(admits_at_once(token));
        CHECK_FALSE(admits_at_once(issue()));
        CHECK(admits(token));
        CHECK(services.pools.at("store").jobs_done() == before + 1);
        CHECK(count("admitted", "in_grace") == 0);
        CHECK(users->turn());
        CHECK(admits_at_once(token));
    }
    SUBCASE("he was disabled") {
        CHECK(*store->set_standing(1, Standing::disabled, now));
        CHECK(refusal(token) == errc::user_disabled);
        tell();
        CHECK(refusal(token) == errc::user_disabled);
    }
    SUBCASE("he was disabled, and the feed knows before the worker does") {
        CHECK(*store->set_standing(1, Standing::disabled, now));
        CHECK_FALSE(admits_at_once(token));
        REQUIRE(users->poll());  // no worker was told yet
        CHECK_FALSE(admits_at_once(token));
        CHECK(refusal(token) == errc::user_disabled);
        services.run_posted();
        CHECK(refusal(token) == errc::user_disabled);
    }
    SUBCASE("he was removed") {
        CHECK(*store->remove(1, now));
        CHECK(refusal(token) == errc::user_unknown);
    }
    SUBCASE("he has another password") {
        CHECK(*store->set_password(1, "new", now));
        CHECK(refusal(token) == errc::token_revoked);
        CHECK(admits(issue()));
    }
}

TEST_CASE_FIXTURE(Rested,
                  "in a rest that has lasted less than a second what is known is fresh, and the feed is roused") {
    rest_for(900ms);
    CHECK(admits_at_once(token));
    CHECK(users->turn());  // it has been roused
}

TEST_CASE_FIXTURE(Rested, "when the store went away in a rest those who were verified within the grace pass") {
    rest_for(59s);
    services.pools.at("store").set_full(true);
    CHECK(admits(token));
    CHECK(count("admitted", "in_grace") == 1);
    services.time.advance(2s);
    CHECK(refusal(token) == errc::queue_full);
}

TEST_CASE_FIXTURE(Rested, "a request that is under way keeps the feed awake, and its user is put out") {
    for (unsigned i = 0; i < polls_before_rest; ++i) REQUIRE(users->turn());
    CHECK_FALSE(users->turn());
    auto const looked = services.take_doomed();
    REQUIRE(looked.size() == 1);
    CHECK_FALSE(looked[0](FakeExchange().exchange));  // it ends nobody
    CHECK(users->turn());
    CHECK(*store->set_standing(1, Standing::disabled, now));
    tell();
    CHECK(services.take_doomed().size() == 1);
}

TEST_CASE_FIXTURE(Rested, "a gateway that rests is ready, and asks when it is checked") {
    rest_for(30s);
    auto const& ready = services.readiness_checks.at("users");
    CHECK(ready());
    CHECK(users->turn());
    CHECK(ready());
    services.time.advance(2s);
    CHECK_FALSE(ready());
}

TEST_CASE_FIXTURE(Rested, "a login rouses the feed") {
    rest_for(30s);
    CHECK(await(services.context, users->find_by_email("a@x")));
    CHECK(users->turn());
}

TEST_CASE_FIXTURE(CheckWithUsers, "a new token of a user who was seen lately asks nobody") {
    CHECK(admits(issue()));
    auto const before = services.pools.at("store").jobs_done();
    FakeExchange visit;
    CHECK(bearer().on_request(visit.with_token(issue()).exchange).passes());
    CHECK(visit.exchange.identity->user_id == "1");
    CHECK(visit.exchange.identity->email == "a@x");
    auto const another = issue();
    CHECK(admits_at_once(another));
    CHECK(admits_at_once(another));
    CHECK(count("admitted", "verified") == 3);
    CHECK(count("admitted", "cached") == 1);
    CHECK(services.pools.at("store").jobs_done() == before);
    CHECK((*caches)[0].size() == 3);
}

TEST_CASE_FIXTURE(CheckWithUsers, "what is remembered of a user admits and never refuses") {
    CHECK(admits(issue()));
    // The feed has not told yet, and the login knew already.
    CHECK(*store->set_password(1, "new", now));
    auto const after = issue();
    CHECK(admits(after));
    CHECK(*store->set_standing(1, Standing::disabled, now));
    tell();
    CHECK(refusal(issue()) == errc::user_disabled);
    CHECK(*store->set_standing(1, Standing::enabled, now));
    CHECK(admits(issue()));
}

TEST_CASE_FIXTURE(CheckWithUsers, "a change that is told ends what was admitted from memory") {
    CHECK(admits(issue()));
    FakeExchange stream;
    auto const token = issue();
    CHECK(bearer().on_request(stream.with_token(token).exchange).passes());
    auto const unseen = issue();
    CHECK(*store->set_standing(1, Standing::disabled, now));
    REQUIRE(users->poll());
    CHECK_FALSE(admits_at_once(unseen));  // nobody is remembered any more, although no worker was told yet
    auto const doomed = services.take_doomed();
    REQUIRE(doomed.size() == 1);
    CHECK(doomed[0](stream.exchange));
    services.run_posted();
    CHECK((*caches)[0].size() == 0);
    CHECK(refusal(token) == errc::user_disabled);

    CHECK(*store->set_standing(1, Standing::enabled, now));
    CHECK(refusal(token) == errc::token_revoked);
    CHECK(admits(issue()));  // at once: nothing was told of him yet
    tell();
    CHECK(admits(issue()));
    CHECK(admits_at_once(issue()));

    CHECK(*store->remove(1, now));
    tell();
    CHECK(refusal(*verifier.issue("1", 3, now)) == errc::user_unknown);
}

TEST_CASE_FIXTURE(CheckWithUsers, "what the store said before a change is not remembered after it") {
    FakeExchange visit;
    auto const asking = bearer();
    auto verdict = asking.on_request(visit.with_token(issue()).exchange);
    REQUIRE_FALSE(verdict.passes());
    std::optional<Verdict> outcome;
    boost::asio::co_spawn(services.context, testing::put_into(outcome, std::move(verdict).rest()),
                          boost::asio::detached);
    auto const before = services.pools.at("store").jobs_done();
    services.context.run_one();
    for (auto const give_up = std::chrono::steady_clock::now() + 30s; services.pools.at("store").jobs_done() == before;)
        REQUIRE(std::chrono::steady_clock::now() < give_up);
    // Read, or about to be, and then he changes before the worker hears the answer.
    CHECK(*store->set_password(1, "new", now));
    REQUIRE(users->poll());
    auto const guard = boost::asio::make_work_guard(services.context);
    while (!outcome) services.context.run_one();
    CHECK_FALSE(users->believed(1, check_grace));
}

TEST_CASE_FIXTURE(CheckWithUsers, "when the log was replaced nobody is believed unasked") {
    CHECK(admits(issue()));
    CHECK(admits_at_once(issue()));
    change_by_hand(file,
                   "DELETE FROM changes; UPDATE sqlite_sequence SET seq = 100 WHERE name = 'changes';"
                   " UPDATE users SET disabled = 1");
    tell();
    CHECK_FALSE(admits_at_once(issue()));
    CHECK(refusal(issue()) == errc::user_disabled);
}

TEST_CASE_FIXTURE(CheckWithUsers, "while the store is silent a new token is admitted from memory, and not kept") {
    CHECK(admits(issue()));
    services.time.advance(1s);
    auto const fresh = issue();
    CHECK(admits_at_once(fresh));
    services.time.advance(1ms);
    services.pools.at("store").set_full(true);
    auto const in_grace = issue();
    auto const kept = (*caches)[0].size();
    CHECK(admits(in_grace));
    CHECK((*caches)[0].size() == kept);
    CHECK(count("admitted", "in_grace") == 1);
    services.time.advance(59s);
    CHECK(refusal(issue()) == errc::queue_full);
}

}  // namespace tollgate::bearer_memory_test
