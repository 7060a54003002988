#include "auth/bearer.hpp"

#include "support/bearer_check.hpp"
#include "support/signed_token.hpp"

#include <doctest/doctest.h>
#include <boost/asio/detached.hpp>

#include <optional>
#include <string>

namespace tollgate::bearer_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using plugin::Verdict;
using tollgate::testing::Check;
using tollgate::testing::check_now;
using tollgate::testing::CheckWithUsers;
using tollgate::testing::detail_of;
using tollgate::testing::FakeExchange;
using tollgate::testing::field_of;
using tollgate::testing::hs256_token;

namespace {

constexpr std::int64_t now = check_now;

std::string payload(std::string_view more = "") { return R"({"sub":"1","exp":1700000100)" + std::string(more) + "}"; }

}  // namespace

TEST_CASE_FIXTURE(Check, "an open route is not looked at, whatever it brings") {
    FakeExchange visit(Access::open);
    visit.with(http::FieldName::authorization, "Bearer junk");
    CHECK(ask(visit).passes());
    CHECK_FALSE(visit.exchange.identity);
    CHECK(count("refused", "bad_token") == 0);
}

TEST_CASE_FIXTURE(Check, "without users a valid token is enough, and its subject is the user") {
    FakeExchange visit;
    CHECK(ask(visit.with_token(hs256_token(R"({"sub":"auth0|abc","exp":1700000100})"))).passes());
    REQUIRE(visit.exchange.identity);
    CHECK(visit.exchange.identity->user_id == "auth0|abc");
    CHECK(visit.exchange.identity->email == "");
    CHECK(count("admitted", "verified") == 1);
}

TEST_CASE_FIXTURE(Check, "a token is verified once and then known, until its exp") {
    auto const token = hs256_token(payload());
    CHECK(admits(token));
    CHECK(admits_at_once(token));
    CHECK(count("admitted", "verified") == 1);
    CHECK(count("admitted", "cached") == 1);
    services.time.set_wall(now + 99);
    CHECK(admits_at_once(token));
    services.time.set_wall(now + 100);
    CHECK(refusal(token) == errc::token_expired);
}

TEST_CASE_FIXTURE(Check, "a token known under other settings is verified again") {
    auto const token = hs256_token(payload());
    CHECK(admits(token));
    FakeExchange visit;
    CHECK(bearer(2).on_request(visit.with_token(token).exchange).passes());
    CHECK(count("admitted", "verified") == 2);
    CHECK(count("admitted", "cached") == 0);
}

TEST_CASE_FIXTURE(Check, "no token: 401 with the bare challenge") {
    FakeExchange visit;
    auto verdict = ask(visit);
    REQUIRE(verdict.reply());
    CHECK(verdict.reply()->status == 401);
    CHECK(verdict.reply()->reason == errc::no_token);
    CHECK(detail_of(*verdict.reply()) == "Could not validate credentials");
    CHECK(field_of(*verdict.reply(), "WWW-Authenticate") == R"(Bearer realm="tollgate")");
    CHECK(visit.exchange.note == errc::no_token);

    FakeExchange basic;
    auto other = ask(basic.with(http::FieldName::authorization, "Basic dTpw"));
    CHECK(field_of(*other.reply(), "WWW-Authenticate") == R"(Bearer realm="tollgate")");
}

TEST_CASE_FIXTURE(Check, "a token that is not good: 401 with error=invalid_token, and the log knows why") {
    struct Row {
        std::string token;
        errc reason;
    };
    for (auto const& [token, reason] : {
             Row{"junk", errc::bad_token},
             Row{"", errc::bad_token},
             Row{hs256_token(payload()) + " ", errc::bad_token},
             Row{"=" + hs256_token(payload()), errc::bad_token},
             Row{hs256_token(payload(), "another key"), errc::bad_signature},
             Row{hs256_token(R"({"sub":"1","exp":1700000000})"), errc::token_expired},
             Row{hs256_token(payload(R"(,"nbf":1700000061)")), errc::token_not_yet_valid},
             Row{hs256_token(R"({"sub":"a b","exp":1700000100})"), errc::bad_token},
         }) {
        CAPTURE(token);
        FakeExchange visit;
        auto verdict = ask(visit.with_token(token));
        REQUIRE(verdict.reply());
        CHECK(verdict.reply()->status == 401);
        CHECK(verdict.reply()->reason == reason);
        CHECK(detail_of(*verdict.reply()) == "Could not validate credentials");
        CHECK(field_of(*verdict.reply(), "WWW-Authenticate") == R"(Bearer realm="tollgate", error="invalid_token")");
        CHECK(visit.exchange.note == reason);
        CHECK(count("refused", std::string(reason_of(reason).word)) >= 1);
    }
    FakeExchange twice;
    CHECK(refusal(twice.with_token(hs256_token(payload())).with_token(hs256_token(payload()))) == errc::bad_token);
}

TEST_CASE_FIXTURE(Check, "an identity that another plugin proved is left alone") {
    FakeExchange visit;
    auto* const identity = new plugin::Identity;
    identity->user_id = "other";
    visit.exchange.identity = identity;
    CHECK(ask(visit).passes());
    CHECK(visit.exchange.identity->user_id == "other");
}

TEST_CASE("the subject of a local user is its id in decimal, spelled one way") {
    CHECK(user_id_of("1") == 1);
    CHECK(user_id_of("9223372036854775807") == 9223372036854775807);
    for (auto const* const subject :
         {"", "0", "01", "+1", "-1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "abc"}) {
        CAPTURE(subject);
        CHECK(user_id_of(subject) == 0);
    }
}

TEST_CASE("a token is good for its user's epoch, or younger than the last change") {
    struct Row {
        Standing standing;
        std::int64_t changed_at;
        std::optional<std::int64_t> epoch;
        std::optional<std::int64_t> issued_at;
        errc expected;
    };
    for (auto const& [standing, changed_at, epoch, issued_at, expected] : {
             Row{Standing::enabled, 0, 3, now, errc{}},
             Row{Standing::enabled, now, 3, now - 100, errc{}},  // the epoch decides, not the clock
             Row{Standing::enabled, now, 2, now + 100, errc::token_revoked},
             Row{Standing::enabled, now, 4, now, errc::token_revoked},
             Row{Standing::enabled, 0, std::nullopt, std::nullopt, errc{}},
             Row{Standing::enabled, now, std::nullopt, now + 1, errc{}},
             Row{Standing::enabled, now, std::nullopt, now, errc::token_revoked},
             Row{Standing::enabled, now, std::nullopt, std::nullopt, errc::token_revoked},
             Row{Standing::disabled, 0, 3, now, errc::user_disabled},
             Row{Standing::disabled, now, std::nullopt, now + 1, errc::user_disabled},
         }) {
        Claims claims;
        claims.epoch = epoch;
        claims.issued_at = issued_at;
        User user;
        user.standing = standing;
        user.token_epoch = 3;
        user.tokens_changed_at = changed_at;
        CHECK(refusal_of(claims, user) == expected);
    }
}

TEST_CASE_FIXTURE(CheckWithUsers, "with users the token's user must exist and be enabled") {
    FakeExchange visit;
    CHECK(ask(visit.with_token(issue())).passes());
    CHECK(visit.exchange.identity->user_id == "1");
    CHECK(visit.exchange.identity->email == "a@x");
    CHECK(refusal(issue(2)) == errc::user_unknown);
    CHECK(refusal(*verifier.issue("abc", 1, now)) == errc::user_unknown);
    CHECK(refusal(*verifier.issue("01", 1, now)) == errc::user_unknown);

    auto const unseen = issue();
    CHECK(*store->set_standing(1, Standing::disabled, now));
    tell();
    CHECK(refusal(unseen) == errc::user_disabled);
    CHECK(*store->remove(1, now));
    CHECK(refusal(unseen) == errc::user_unknown);
}

TEST_CASE_FIXTURE(CheckWithUsers, "a forgery never reaches the store") {
    auto const before = services.pools.at("store").jobs_done();
    CHECK(refusal(hs256_token(payload(), "another key")) == errc::bad_signature);
    CHECK(refusal("junk") == errc::bad_token);
    CHECK(refusal(hs256_token(R"({"sub":"1","exp":1})")) == errc::token_expired);
    CHECK(services.pools.at("store").jobs_done() == before);
    CHECK(admits(issue()));
    CHECK(services.pools.at("store").jobs_done() == before + 1);
}

TEST_CASE_FIXTURE(CheckWithUsers, "a change in the same second ends the token before it and not the one after it") {
    auto const before = issue();
    CHECK(admits(before));
    CHECK(*store->set_password(1, "new", now));
    auto const after = issue();
    tell();
    CHECK(refusal(before) == errc::token_revoked);
    CHECK(admits(after));
    CHECK(admits_at_once(after));
}

TEST_CASE_FIXTURE(CheckWithUsers, "a token that was known is asked again when its user changed") {
    auto const token = issue();
    CHECK(admits(token));
    CHECK(admits_at_once(token));
    CHECK(*store->add("b@x", "hash", now));
    CHECK(*store->set_password(2, "other hash", now));
    tell();
    CHECK(admits_at_once(token));
    CHECK(*store->set_standing(1, Standing::disabled, now));
    tell();
    CHECK_FALSE(admits_at_once(token));
    CHECK(refusal(token) == errc::user_disabled);
}

TEST_CASE_FIXTURE(CheckWithUsers, "a user that changes while it is looked up is looked up again") {
    FakeExchange visit;
    auto const asking = bearer();
    auto verdict = asking.on_request(visit.with_token(issue()).exchange);
    REQUIRE_FALSE(verdict.passes());
    // The lookup is on its way when the change is told: what it found is not believed.
    auto& context = services.context;
    std::optional<Verdict> outcome;
    boost::asio::co_spawn(context, testing::put_into(outcome, std::move(verdict).rest()), boost::asio::detached);
    auto const before = services.pools.at("store").jobs_done();
    context.run_one();  // begins, and hands the question to the pool
    CHECK(*store->set_standing(1, Standing::disabled, now));
    tell();
    auto const guard = boost::asio::make_work_guard(context);
    while (!outcome) context.run_one();
    REQUIRE(outcome->reply());
    CHECK(outcome->reply()->reason == errc::user_disabled);
    CHECK(services.pools.at("store").jobs_done() >= before + 1);
    CHECK_FALSE(visit.exchange.identity);
    CHECK((*caches)[0].size() == 0);
}

TEST_CASE_FIXTURE(CheckWithUsers,
                  "while the store is silent those who are known pass for the grace, then nobody unasked") {
    auto const known = issue();
    auto const also_his = issue();
    CHECK(*store->add("b@x", "hash", now));
    auto const unknown = issue(2);
    CHECK(admits(known));
    services.pools.at("store").set_full(true);  // it answers nobody
    services.time.advance(1s);
    CHECK(admits_at_once(known));
    CHECK(count("admitted", "in_grace") == 0);
    services.time.advance(59s);
    CHECK(admits_at_once(known));
    CHECK(count("admitted", "in_grace") == 1);
    CHECK(admits(also_his));  // another worker, or another token, makes no difference
    CHECK(count("admitted", "in_grace") == 2);
    CHECK(refusal(unknown) == errc::queue_full);
    services.time.advance(1s);
    CHECK(refusal(known) == errc::queue_full);
    CHECK(refusal(also_his) == errc::queue_full);

    services.pools.at("store").set_full(false);
    CHECK(admits(known));  // asked again
    CHECK(refusal(hs256_token(payload(), "another key")) == errc::bad_signature);
    REQUIRE(users->poll());
    CHECK(admits_at_once(known));
}

TEST_CASE_FIXTURE(CheckWithUsers, "in the grace a token that was over before it began is over") {
    auto const old = issue();
    CHECK(*store->set_password(1, "new", now));
    tell();
    CHECK(admits(issue()));
    services.pools.at("store").set_full(true);
    services.time.advance(30s);
    CHECK(refusal(old) == errc::token_revoked);
    CHECK(admits(issue()));
}

TEST_CASE_FIXTURE(CheckWithUsers, "streams of users who were put out are ended, after their tokens were forgotten") {
    CHECK(*store->add("b@x", "hash", now));
    FakeExchange of_a;
    FakeExchange of_b;
    FakeExchange of_nobody;
    CHECK(ask(of_a.with_token(issue(1))).passes());
    CHECK(ask(of_b.with_token(issue(2))).passes());
    CHECK(*store->set_standing(1, Standing::enabled, now));
    tell();
    CHECK(services.take_doomed().empty());
    CHECK(*store->set_password(1, "new", now));
    REQUIRE(users->poll());
    auto const doomed = services.take_doomed();
    REQUIRE(doomed.size() == 1);
    CHECK(doomed[0](of_a.exchange));
    CHECK_FALSE(doomed[0](of_b.exchange));
    CHECK_FALSE(doomed[0](of_nobody.exchange));
    CHECK(services.run_posted() == 1);
    CHECK((*caches)[0].size() == 1);
}

TEST_CASE_FIXTURE(CheckWithUsers, "the gateway is ready while the store answers") {
    auto const& ready = services.readiness_checks.at("users");
    CHECK(ready());
    services.time.advance(1s);
    CHECK(ready());
    services.time.advance(1ns);
    CHECK_FALSE(ready());
    REQUIRE(users->poll());
    CHECK(ready());
}

TEST_CASE_FIXTURE(CheckWithUsers, "a full queue is 503 with Retry-After, never 401") {
    services.pools.at("store").set_full(true);
    FakeExchange visit;
    auto verdict = ask(visit.with_token(issue()));
    REQUIRE(verdict.reply());
    CHECK(verdict.reply()->status == 503);
    CHECK(verdict.reply()->reason == errc::queue_full);
    CHECK(field_of(*verdict.reply(), "Retry-After") == "1");
    CHECK(field_of(*verdict.reply(), "WWW-Authenticate") == "(absent)");
    CHECK_FALSE(visit.exchange.identity);
}

}  // namespace tollgate::bearer_test
