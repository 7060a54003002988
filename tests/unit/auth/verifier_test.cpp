#include "auth/verifier.hpp"

#include "base/strict_json.hpp"
#include "support/signed_token.hpp"

#include <doctest/doctest.h>
#include <boost/json/serialize.hpp>

#include <ctime>
#include <set>
#include <string>

namespace tollgate::verifier_test {
using namespace tollgate::auth;
using tollgate::testing::hs256_token;
using tollgate::testing::signed_token;
using tollgate::testing::test_key;

namespace {

constexpr std::int64_t now = 1'700'000'000;
constexpr auto good_payload = R"({"sub":"1","iat":1700000000,"exp":1700000060})";

Verifier make_verifier(Algorithm algorithm = Algorithm::hs256, ClaimRules rules = {}) {
    return Verifier({.algorithm = algorithm,
                     .secret = Secret(std::string(test_key)),
                     .lifetime = std::chrono::minutes(30),
                     .rules = std::move(rules)});
}

errc refusal(std::string_view token, std::int64_t at = now) {
    auto const claims = make_verifier().verify(token, at);
    REQUIRE_FALSE(claims);
    return errc_of(claims.error(), errc::internal_error);
}

boost::json::object payload_of(std::string const& token) {
    auto const parts = split_token(token);
    return parse_strict_json(*base64url::decode(parts->payload))->as_object();
}

}  // namespace

TEST_CASE("a token that we issued is verified, for each algorithm") {
    for (auto const algorithm : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
        auto const verifier = make_verifier(algorithm);
        auto const token = verifier.issue("42", 7, now);
        REQUIRE(token);
        auto const claims = verifier.verify(*token, now);
        REQUIRE(claims);
        CHECK(claims->subject == "42");
        CHECK(claims->issued_at == now);
        CHECK(claims->expires_at == now + 1800);
        CHECK(claims->epoch == 7);
        CHECK(verifier.verify(*token, now + 1799));
        CHECK(verifier.verify(*token, now + 1800).error() == errc::token_expired);
    }
}

TEST_CASE("an issued token holds these claims and no others") {
    auto const token = make_verifier().issue("42", 7, now);
    auto const plain = payload_of(*token);
    std::set<std::string> names;
    for (auto const& member : plain) names.emplace(member.key());
    CHECK(names == std::set<std::string>{"sub", "iat", "exp", "jti", "ver"});
    CHECK(plain.at("sub").is_string());
    CHECK(plain.at("exp").as_int64() == now + 1800);
    CHECK(base64url::decode(std::string(plain.at("jti").as_string()))->size() == 16);

    auto const configured =
        payload_of(*make_verifier(Algorithm::hs256, {.issuer = "me", .audience = "us"}).issue("42", 7, now));
    CHECK(configured.at("iss").as_string() == "me");
    CHECK(configured.at("aud").as_string() == "us");
}

TEST_CASE("no two issued tokens are the same") {
    auto const verifier = make_verifier();
    CHECK(*verifier.issue("42", 7, now) != *verifier.issue("42", 7, now));
}

TEST_CASE("a hand-made token with the right key is good") {
    CHECK(make_verifier().verify(hs256_token(good_payload), now));
    CHECK(make_verifier().verify(signed_token(R"({"typ":"at+jwt","alg":"HS256"})", good_payload), now));
    CHECK(make_verifier().verify(signed_token(R"({"alg":"HS256"})", good_payload), now));
}

TEST_CASE("a forged token says bad_signature, whatever its claims are") {
    CHECK(refusal(hs256_token(good_payload, "not the key")) == errc::bad_signature);
    CHECK(refusal(hs256_token("no json at all", "not the key")) == errc::bad_signature);
    CHECK(refusal(hs256_token(R"({"sub":"1","exp":1})", "not the key")) == errc::bad_signature);
    CHECK(refusal(signed_token(R"({"alg":"HS256"})", good_payload, test_key, EVP_sha512())) == errc::bad_signature);
}

TEST_CASE("every changed byte of a token makes it bad") {
    auto const token = hs256_token(good_payload);
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CAPTURE(i);
        CHECK_FALSE(make_verifier().verify(changed, now));
    }
}

TEST_CASE("a token without a signature, or with alg none, is refused") {
    CHECK(refusal(base64url::encode(R"({"alg":"none"})") + "." + base64url::encode(good_payload) + ".") ==
          errc::bad_token);
    CHECK(refusal(signed_token(R"({"alg":"none"})", good_payload)) == errc::bad_token);
    CHECK(refusal(base64url::encode(R"({"alg":"HS256"})") + "." + base64url::encode(good_payload)) == errc::bad_token);
}

TEST_CASE("what the library would accept is refused by our own structure") {
    CHECK(refusal(signed_token(R"({"alg":"HS256","crit":["x"],"x":1})", good_payload)) == errc::bad_token);
    CHECK(refusal(signed_token(R"({"alg":"hs256"})", good_payload)) == errc::bad_token);
    CHECK(refusal(hs256_token(R"({"sub":"1","exp":-1})")) == errc::bad_token);
    CHECK(refusal(hs256_token(R"({"sub":"1","exp":1,"exp":1800000000})")) == errc::bad_token);
    CHECK(refusal(hs256_token(R"(["sub"])")) == errc::bad_token);
    CHECK(refusal(hs256_token(R"({"sub":"1"})")) == errc::bad_token);
}

TEST_CASE("our clock decides, not the system's") {
    auto const past = hs256_token(R"({"sub":"1","nbf":99999,"iat":100000,"exp":100060})");
    CHECK(make_verifier().verify(hs256_token(R"({"sub":"1","iat":100000,"exp":100060})"), 100'000));
    CHECK(refusal(past, 100'060) == errc::token_expired);
    auto const ahead = std::time(nullptr) + 400'000'000;
    auto const late =
        hs256_token(R"({"sub":"1","nbf":)" + std::to_string(ahead) + R"(,"exp":)" + std::to_string(ahead + 60) + "}");
    CHECK(make_verifier().verify(late, ahead));
    CHECK(refusal(late, now) == errc::token_not_yet_valid);
}

TEST_CASE("the library must agree") {
    // It subtracts one leeway from `nbf` and adds it to `exp`: with an `nbf` so old it finds the token expired by the
    // system's clock.
    CHECK(refusal(hs256_token(R"({"sub":"1","nbf":1,"exp":100060})"), 100'000) == errc::bad_token);
    // It knows no other type than JWT, and is not asked about one.
    CHECK(make_verifier().verify(
        signed_token(R"({"alg":"HS256","typ":"at+jwt"})", R"({"sub":"1","nbf":1,"exp":100060})"), 100'000));
}

TEST_CASE("issuer and audience are checked when configured") {
    auto const verifier = make_verifier(Algorithm::hs256, {.issuer = "me", .audience = "us"});
    CHECK(verifier.verify(hs256_token(R"({"sub":"1","exp":1700000060,"iss":"me","aud":["x","us"]})"), now));
    CHECK(verifier.verify(hs256_token(R"({"sub":"1","exp":1700000060,"iss":"me"})"), now).error() == errc::bad_token);
    CHECK(verifier.verify(hs256_token(R"({"sub":"1","exp":1700000060,"iss":"you","aud":"us"})"), now).error() ==
          errc::bad_token);
}

}  // namespace tollgate::verifier_test
