#include "auth/login.hpp"

#include "auth/password.hpp"
#include "base/strict_json.hpp"
#include "support/await.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_services.hpp"
#include "support/signed_token.hpp"
#include "support/stores.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <chrono>
#include <string>

namespace tollgate::login_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using tollgate::testing::await;
using tollgate::testing::detail_of;
using tollgate::testing::FakeExchange;
using tollgate::testing::FakeServices;
using tollgate::testing::field_of;
using tollgate::testing::settings_of;
using tollgate::testing::sqlite_store;
using tollgate::testing::TempFolder;
using tollgate::testing::test_key;

namespace {

constexpr std::int64_t now = 1'700'000'000;

struct Fixture {
    TempFolder folder;
    std::filesystem::path file = folder.path() / "users.db";
    std::unique_ptr<UserStore> store = std::move(*UserStore::open(sqlite_store(file)));
    FakeServices services;
    Verifier verifier{
        {.algorithm = Algorithm::hs256, .secret = Secret(std::string(test_key)), .lifetime = 30min, .rules = {}}};
    Logins counts{services};
    std::shared_ptr<SlowestCheck> slowest = std::make_shared<SlowestCheck>();
    UserDirectory users{services, std::make_shared<VerifiedCaches>(1U), slowest, settings_of(sqlite_store(file))};
    Hashing hashing{services, 4, slowest};
    Throttle throttle{{.failures = 3, .first_wait = 1s, .longest_wait = 4s, .burst = 6, .interval = 10s}};
    Login login{{services.clock(), verifier, counts, users, hashing, throttle}};
    std::string client = "192.0.2.1";
    errc note{};  // of the last exchange

    Fixture() {
        (void)*store->add("a@x", *password::make_hash("correct horse", 4), now);
        (void)*store->add("off@x", *password::make_hash("correct horse", 4), now);
        (void)*store->set_standing(2, Standing::disabled, now);
        (void)*store->add("odd@x", "no hash that anybody knows", now);
        REQUIRE(users.open(Feeding::by_hand));
        REQUIRE(hashing.open(*users.store().schemes()));
    }

    http::Reply post(std::string body, std::string_view type = "application/x-www-form-urlencoded") {
        FakeExchange visit(Access::open);
        visit.client.address = client;
        visit.with(http::FieldName::content_type, type);
        auto reply = await(services.context, login.serve(visit.exchange, std::move(body)));
        note = visit.exchange.note;
        return reply;
    }
    http::Reply try_login(std::string const& user, std::string const& word) {
        return post("username=" + user + "&password=" + word);
    }
    std::uint64_t count(std::string result) {
        return services.counter("logins", "", {{"result", std::move(result)}}).total();
    }
    std::size_t hashes() { return services.pools.at("passwords").jobs_done(); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "the right password gives a token of the user that is good now") {
    auto const reply = try_login("A@X", "correct+horse");
    CHECK(reply.status == 200);
    CHECK(reply.content_type == "application/json");
    CHECK(field_of(reply, "Cache-Control") == "no-store");
    CHECK(field_of(reply, "Pragma") == "no-cache");
    CHECK(note == errc{});
    auto const body = parse_strict_json(reply.body);
    REQUIRE(body);
    auto const& members = body->as_object();
    CHECK(members.size() == 3);
    CHECK(members.at("token_type").as_string() == "bearer");
    CHECK(members.at("expires_in").as_int64() == 1800);
    auto const claims = verifier.verify(std::string(members.at("access_token").as_string()), now);
    REQUIRE(claims);
    CHECK(claims->subject == "1");
    CHECK(claims->epoch == 1);
    CHECK(count("admitted") == 1);
}

TEST_CASE_FIXTURE(Fixture, "JSON works too") {
    CHECK(post(R"({"email":"a@x","password":"correct horse"})", "application/json").status == 200);
}

TEST_CASE_FIXTURE(Fixture,
                  "a wrong password, an unknown, a disabled user and an unusable hash are answered alike, and held") {
    struct Row {
        char const* user;
        char const* word;
        errc note;
    };
    for (auto const& [user, word, expected_note] : {
             Row{"a@x", "wrong+horse", errc::bad_credentials},
             Row{"nobody@x", "correct+horse", errc::user_unknown},
             Row{"off@x", "correct+horse", errc::user_disabled},
             Row{"off@x", "wrong+horse", errc::bad_credentials},
             Row{"odd@x", "correct+horse", errc::bad_credentials},
         }) {
        CAPTURE(user);
        auto const hashed = hashes();
        auto const began = std::chrono::steady_clock::now();
        auto const reply = try_login(user, word);
        CHECK(std::chrono::steady_clock::now() - began >= hashing.hold());
        CHECK(hashes() == hashed + 1);
        CHECK(reply.status == 401);
        CHECK(reply.reason == errc::bad_credentials);
        CHECK(detail_of(reply) == "Incorrect email or password");
        CHECK(reply.fields.empty());
        CHECK(field_of(reply, "WWW-Authenticate") == R"(Bearer realm="tollgate")");
        CHECK(note == expected_note);
    }
    CHECK(count("bad_credentials") == 5);
    CHECK(count("admitted") == 0);
}

TEST_CASE_FIXTURE(Fixture, "what cannot be read is answered without a hash or a count against anybody") {
    CHECK(post("username=a@x").status == 400);
    CHECK(post("username=a@x&password=b", "text/plain").status == 415);
    CHECK(post("username=a@x&password=" + std::string(1025, 'p')).status == 413);
    for (int i = 0; i < 10; ++i) CHECK(post("password=x").status == 400);
    CHECK(note == errc::bad_form);
    CHECK(hashes() == 0);
    CHECK(count("malformed") == 13);
    CHECK(try_login("a@x", "correct+horse").status == 200);
}

TEST_CASE_FIXTURE(Fixture, "too many tries are refused before the hash, for unknown accounts alike") {
    for (auto const* const user : {"a@x", "nobody@x"}) {
        for (int i = 0; i < 3; ++i) CHECK(try_login(user, "wrong+horse").status == 401);
        auto const hashed = hashes();
        auto const reply = try_login(user, "correct+horse");
        CHECK(reply.status == 429);
        CHECK(reply.reason == errc::too_many_attempts);
        CHECK(hashes() == hashed);
        if (std::string_view(user) == "a@x") CHECK(field_of(reply, "Retry-After") == "1");
    }
    CHECK(count("too_many_attempts") == 2);
    services.time.advance(1min);
    CHECK(try_login("a@x", "correct+horse").status == 200);
}

TEST_CASE_FIXTURE(Fixture,
                  "who has logged in is not kept out by what others fail elsewhere, and strangers are not at once") {
    CHECK(try_login("a@x", "correct+horse").status == 200);
    for (int i = 0; i < 60; ++i) {
        client = "198.51.100." + std::to_string(i);
        CHECK(try_login("a@x", "wrong+horse").status == 401);
    }
    client = "203.0.113.1";
    CHECK(try_login("a@x", "correct+horse").status == 429);
    client = "192.0.2.1";
    CHECK(try_login("a@x", "correct+horse").status == 200);
    client = "203.0.113.1";
    services.time.advance(1s);
    CHECK(try_login("a@x", "correct+horse").status == 200);
}

TEST_CASE_FIXTURE(Fixture, "a full queue is 503 with Retry-After, and the attempt does not count") {
    services.pools.at("passwords").set_full(true);
    for (int i = 0; i < 10; ++i) {
        auto const reply = try_login("a@x", "wrong+horse");
        CHECK(reply.status == 503);
        CHECK(reply.reason == errc::queue_full);
        CHECK(field_of(reply, "Retry-After") == "1");
    }
    services.pools.at("passwords").set_full(false);
    services.pools.at("store").set_full(true);
    CHECK(try_login("a@x", "correct+horse").status == 503);
    services.pools.at("store").set_full(false);
    CHECK(try_login("a@x", "correct+horse").status == 200);
    CHECK(count("unavailable") == 11);
}

TEST_CASE_FIXTURE(Fixture, "a body of a login has 16 KiB at most") { CHECK(login.body_limit() == 16 * 1024); }

}  // namespace tollgate::login_test
