#include "auth/claims.hpp"

#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::claims_test {
using namespace tollgate::auth;

namespace {

constexpr std::int64_t now = 1'700'000'000;

Result<Claims> read(std::string_view payload) { return read_claims(base64url::encode(payload)); }

Claims valid() {
    Claims claims;
    claims.subject = "1";
    claims.expires_at = now + 60;
    return claims;
}

}  // namespace

TEST_CASE("claims are read with their types") {
    auto const claims =
        read(R"({"sub":"7","exp":1800000000,"nbf":1,"iat":2,"iss":"me","aud":["a","b"],"jti":"x","ver":3,"y":[{}]})");
    REQUIRE(claims);
    CHECK(claims->subject == "7");
    CHECK(claims->expires_at == 1'800'000'000);
    CHECK(claims->not_before == 1);
    CHECK(claims->issued_at == 2);
    CHECK(claims->issuer == "me");
    CHECK(claims->audience == std::vector<std::string>{"a", "b"});
    CHECK(claims->id == "x");
    CHECK(claims->epoch == 3);
}

TEST_CASE("only sub and exp must be there") {
    auto const claims = read(R"({"sub":"7","exp":1})");
    REQUIRE(claims);
    CHECK_FALSE(claims->not_before);
    CHECK_FALSE(claims->issued_at);
    CHECK_FALSE(claims->epoch);
    CHECK(claims->issuer.empty());
    CHECK(claims->audience.empty());
    CHECK(claims->id.empty());
    CHECK_FALSE(read(R"({"exp":1})"));
    CHECK_FALSE(read(R"({"sub":"7"})"));
    CHECK_FALSE(read(R"({})"));
}

TEST_CASE("a date may have a fraction, which is dropped") {
    CHECK(read(R"({"sub":"7","exp":1700000000.75})")->expires_at == 1'700'000'000);
    CHECK(read(R"({"sub":"7","exp":1.7e9})")->expires_at == 1'700'000'000);
    CHECK(read(R"({"sub":"7","exp":9007199254740992})")->expires_at == most_numeric_date);
    CHECK(read(R"({"sub":"7","exp":0})")->expires_at == 0);
}

TEST_CASE("a claim of another type or out of bounds makes a bad token") {
    for (auto const* const payload : {R"({"sub":7,"exp":1})",
                                      R"({"sub":null,"exp":1})",
                                      R"({"sub":"","exp":1})",
                                      R"({"sub":["7"],"exp":1})",
                                      R"({"sub":"a b","exp":1})",
                                      R"({"sub":"a\n","exp":1})",
                                      R"({"sub":"a\u0000","exp":1})",
                                      R"({"sub":"é","exp":1})",
                                      R"({"sub":"\u007f","exp":1})",
                                      R"({"sub":"7","exp":"1"})",
                                      R"({"sub":"7","exp":-1})",
                                      R"({"sub":"7","exp":-0.5})",
                                      R"({"sub":"7","exp":null})",
                                      R"({"sub":"7","exp":true})",
                                      R"({"sub":"7","exp":9007199254740993})",
                                      R"({"sub":"7","exp":18446744073709551615})",
                                      R"({"sub":"7","exp":1e300})",
                                      R"({"sub":"7","exp":1e999})",
                                      R"({"sub":"7","exp":1,"exp":9999999999})",
                                      R"({"sub":"7","exp":1,"nbf":"1"})",
                                      R"({"sub":"7","exp":1,"iat":[]})",
                                      R"({"sub":"7","exp":1,"iss":1})",
                                      R"({"sub":"7","exp":1,"iss":""})",
                                      R"({"sub":"7","exp":1,"aud":1})",
                                      R"({"sub":"7","exp":1,"aud":["a",1]})",
                                      R"({"sub":"7","exp":1,"aud":{"a":1}})",
                                      R"({"sub":"7","exp":1,"jti":1})",
                                      R"({"sub":"7","exp":1,"ver":"1"})",
                                      R"(["7"])",
                                      "7",
                                      ""}) {
        CAPTURE(payload);
        auto const claims = read(payload);
        REQUIRE_FALSE(claims);
        CHECK(claims.error() == errc::bad_token);
    }
}

TEST_CASE("a subject has 255 characters at most") {
    CHECK(read(R"({"exp":1,"sub":")" + std::string(255, 's') + R"("})"));
    CHECK_FALSE(read(R"({"exp":1,"sub":")" + std::string(256, 's') + R"("})"));
}

TEST_CASE("a token is good before exp and not at it") {
    auto claims = valid();
    claims.expires_at = now + 1;
    CHECK(check_claims(claims, {}, now));
    claims.expires_at = now;
    CHECK(check_claims(claims, {}, now).error() == errc::token_expired);
    claims.expires_at = 0;
    CHECK(check_claims(claims, {}, now).error() == errc::token_expired);
}

TEST_CASE("nbf and iat may lie 60 seconds ahead") {
    auto claims = valid();
    claims.expires_at = now + 1000;
    claims.not_before = now + 60;
    claims.issued_at = now + 60;
    CHECK(check_claims(claims, {}, now));
    claims.not_before = now + 61;
    CHECK(check_claims(claims, {}, now).error() == errc::token_not_yet_valid);
    claims.not_before.reset();
    claims.issued_at = now + 61;
    CHECK(check_claims(claims, {}, now).error() == errc::token_not_yet_valid);
}

TEST_CASE("issuer and audience are asked only when configured, and then exactly") {
    auto claims = valid();
    CHECK(check_claims(claims, {}, now));
    CHECK(check_claims(claims, {.issuer = "me", .audience = {}}, now).error() == errc::bad_token);
    CHECK(check_claims(claims, {.issuer = {}, .audience = "us"}, now).error() == errc::bad_token);
    claims.issuer = "me";
    claims.audience = {"them", "us"};
    CHECK(check_claims(claims, {.issuer = "me", .audience = "us"}, now));
    CHECK(check_claims(claims, {.issuer = "Me", .audience = "us"}, now).error() == errc::bad_token);
    CHECK(check_claims(claims, {.issuer = "me", .audience = "u"}, now).error() == errc::bad_token);
    CHECK(check_claims(claims, {}, now));
}

}  // namespace tollgate::claims_test
