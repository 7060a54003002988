#include "auth/auth_settings.hpp"

#include "settings/document.hpp"
#include "settings/env.hpp"
#include "support/settings_block.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::auth_settings_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view good_key = "0Pq8dkM2u-4jT9sVbX1eRzLw7yHnC5aGf3IoKtUv";  // 40 bytes

auto read(std::string const& yaml) { return testing::read_block(yaml, read_auth_settings); }

auto read_key(std::string const& key, std::string const& algorithm = "HS256") {
    return read("tokens: {secret: \"" + key + "\", algorithm: " + algorithm + "}");
}

}  // namespace

TEST_CASE("the least configuration is a key, and gives the documented defaults") {
    auto const reading = read_key(std::string(good_key));
    CHECK(reading.complaints() == "");
    REQUIRE(reading.settings);
    CHECK(reading.settings->tokens.algorithm == Algorithm::hs256);
    CHECK(reading.settings->tokens.secret.reveal() == good_key);
    CHECK(reading.settings->tokens.lifetime == 30min);
    CHECK_FALSE(reading.settings->users);
}

TEST_CASE("every key is read") {
    auto const reading =
        read(R"(
tokens: {secret: ")" +
             std::string(good_key) +
             R"(-and-more-to-make-it-64-bytes-long", algorithm: HS512, lifetime: 90s, issuer: me, audience: us}
users: {store: "sqlite:///var/lib/tollgate/users.db", bcrypt_cost: 13, hashing_threads: 3, store_grace: 5s}
login: {path: /auth/login, client: {burst: 7, interval: 500ms},
        account: {failures: 3, first_wait: 2s, longest_wait: 1m}}
me: {path: /auth/me}
)");
    CHECK(reading.complaints() == "");
    REQUIRE(reading.settings);
    auto const& settings = *reading.settings;
    CHECK(settings.tokens.algorithm == Algorithm::hs512);
    CHECK(settings.tokens.lifetime == 90s);
    CHECK(settings.tokens.rules.issuer == "me");
    CHECK(settings.tokens.rules.audience == "us");
    REQUIRE(settings.users);
    CHECK(settings.users->store.file == "/var/lib/tollgate/users.db");
    CHECK(settings.users->bcrypt_cost == 13);
    CHECK(settings.users->hashing_threads == 3);
    CHECK(settings.users->store_grace == 5s);
    CHECK(settings.login_path == "/auth/login");
    CHECK(settings.me_path == "/auth/me");
    CHECK(settings.throttle ==
          ThrottleLimits{.failures = 3, .first_wait = 2s, .longest_wait = 1min, .burst = 7, .interval = 500ms});
}

TEST_CASE("a key that is missing, short or known to everybody is refused with the way to make one") {
    struct Row {
        std::string key;
        std::string algorithm;
        std::string part;
    };
    for (auto const& [key, algorithm, part] : {
             Row{"", "HS256", "at least 32 bytes"},
             Row{std::string(good_key.substr(0, 31)), "HS256", "has 31 bytes, HS256 needs at least 32"},
             Row{std::string(good_key), "HS384", "has 40 bytes, HS384 needs at least 48"},
             Row{std::string(good_key), "HS512", "has 40 bytes, HS512 needs at least 64"},
             Row{"paste-your-long-random-string-here", "HS256", "placeholder"},
             Row{"your-256-bit-secret", "HS256", "placeholder"},
             Row{"a-string-secret-at-least-256-bits-long", "HS256", "placeholder"},
             Row{"changeme", "HS256", "placeholder"},
             Row{"Change_Me-Change_Me-Change_Me-Change_Me", "HS256", "placeholder"},
             Row{"09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "HS256", "placeholder"},
             Row{"short", "HS256", "has 5 bytes"},
             Row{std::string(64, 'x'), "HS256", "repeats a few bytes"},
         }) {
        CAPTURE(key);
        auto const reading = read_key(key, algorithm);
        CHECK_FALSE(reading.settings);
        CHECK(reading.complaints().contains(part));
        CHECK(reading.complaints().contains("`tollgate keygen`"));
        if (!key.empty()) CHECK_FALSE(reading.complaints().contains(key));
    }
    CHECK(read("tokens: {}").complaints().contains("missing key `secret`"));
    CHECK(read("users: {store: 'sqlite:///x'}").complaints().contains("missing key `tokens`"));
}

TEST_CASE("a fresh key is no placeholder") {
    auto const is_refused = [](std::string_view key) { return is_placeholder(key) || is_easily_guessed(key); };
    for (int i = 0; i < 200; ++i) CHECK_FALSE(is_refused(make_key_text().reveal()));
    CHECK_FALSE(is_refused("5f2b8c1d9e3a4f60718293a4b5c6d7e8"));
}

TEST_CASE("the message about a key names where it was looked for") {
    settings::Environment const environment(
        [](std::string const& name) {
            return name == "JWT_SECRET" ? std::optional<std::string>("changeme") : std::nullopt;
        },
        {});
    auto document = settings::Document::parse("tokens: {secret: \"${JWT_SECRET}\"}", "t.yaml", environment);
    REQUIRE(document);
    CHECK_FALSE(read_auth_settings((*document)->root()));
    auto const errors = (*document)->errors();
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].what.contains("JWT_SECRET"));
    CHECK(errors[0].what.contains("looked in"));
    CHECK(errors[0].what.contains("environment"));
    CHECK_FALSE(errors[0].what.contains("changeme"));
}

TEST_CASE("what is out of range or senseless is an error at its place") {
    auto const with_users = [](std::string const& rest) {
        return read("tokens: {secret: " + std::string(good_key) + "}\n" + rest).complaints();
    };
    CHECK(with_users("users: {store: 'mysql://x'}").contains("sqlite:///absolute"));
    CHECK(with_users("users: {}").contains("missing key `store`"));
    CHECK(with_users("users: {store: 'sqlite:u.db', store_password: x}").contains("has no password"));
    CHECK(with_users("users: {store: 'sqlite:u.db', connections: 2}").contains("has one connection"));
    CHECK(with_users("users: {store: 'postgresql://h/d', connections: 101}").contains("from 1 to 100"));
    CHECK(with_users("users: {store: 'postgresql://h/d', store_password: x, connections: 100}") == "");
    CHECK(with_users("users: {store: 'sqlite:u.db', first_user: {email: a@x}}").contains("at least 8 bytes"));
    CHECK(with_users("users: {store: 'sqlite:u.db', first_user: {password: correct-horse}}").contains("one @"));
    CHECK(with_users("users: {store: 'sqlite:u.db', first_user: {email: '', password: ''}}") == "");
    CHECK(with_users("users: {store: 'sqlite:u.db', bcrypt_cost: 9}").contains("from 10 to 16"));
    CHECK(with_users("users: {store: 'sqlite:u.db', bcrypt_cost: 17}").contains("from 10 to 16"));
    CHECK(with_users("users: {store: 'sqlite:u.db', hashing_threads: 1025}").contains("from 0 to 1024"));
    CHECK(with_users("users: {store: 'sqlite:u.db', store_grace: 2h}") != "");
    CHECK(with_users("users: {store: 'sqlite:u.db', sotre_grace: 2s}").contains("sotre_grace"));
    CHECK(with_users("users: {store: 'sqlite:u.db'}\nlogin: {path: login}") != "");
    CHECK(with_users("users: {store: 'sqlite:u.db'}\nlogin: {path: /x}\nme: {path: /x}").contains("same path"));
    CHECK(with_users("users: {store: 'sqlite:u.db'}\nlogin: {account: {first_wait: 5s, longest_wait: 1s}}")
              .contains("shorter"));
    CHECK(with_users("login: {path: /x}").contains("needs a block `users`"));
    CHECK(with_users("users: {store: 'sqlite:u.db'}") == "");
}

TEST_CASE("the fingerprint changes with everything that decides about a token") {
    auto const make = [] { return std::move(*read_key(std::string(good_key)).settings); };
    auto const first = fingerprint_of(make());
    CHECK(first == fingerprint_of(make()));
    auto settings = make();
    settings.tokens.secret = Secret("another");
    CHECK(fingerprint_of(settings) != first);
    settings = make();
    settings.tokens.algorithm = Algorithm::hs384;
    CHECK(fingerprint_of(settings) != first);
    settings = make();
    settings.tokens.rules.issuer = "x";
    auto const with_issuer = fingerprint_of(settings);
    CHECK(with_issuer != first);
    settings = make();
    settings.tokens.rules.audience = "x";
    CHECK(fingerprint_of(settings) != first);
    CHECK(fingerprint_of(settings) != with_issuer);
    settings = make();
    settings.users.emplace().store = *read_store_location("sqlite:///x.db");
    CHECK(fingerprint_of(settings) != first);
    settings = make();
    settings.tokens.lifetime = 1min;  // decides about tokens to come alone
    CHECK(fingerprint_of(settings) == first);
}

}  // namespace tollgate::auth_settings_test
