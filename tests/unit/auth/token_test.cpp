#include "auth/token.hpp"

#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::token_test {
using namespace tollgate::auth;

namespace {

Result<TokenType> read(std::string_view header, Algorithm pinned = Algorithm::hs256) {
    return read_header(base64url::encode(header), pinned);
}

}  // namespace

TEST_CASE("a token is split at its two dots") {
    auto const parts = split_token("aa.bbb.cccc");
    REQUIRE(parts);
    CHECK(parts->header == "aa");
    CHECK(parts->payload == "bbb");
    CHECK(parts->signature == "cccc");
    CHECK(parts->signed_text == "aa.bbb");
}

TEST_CASE("a token without exactly three non-empty parts is refused") {
    for (auto const* const token : {"", ".", "..", "a", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c."}) {
        CAPTURE(token);
        auto const parts = split_token(token);
        REQUIRE_FALSE(parts);
        CHECK(parts.error() == errc::bad_token);
    }
}

TEST_CASE("16 KiB are the most that a token has") {
    CHECK(split_token("a.b." + std::string(most_token_bytes - 4, 'c')));
    CHECK_FALSE(split_token("a.b." + std::string(most_token_bytes - 3, 'c')));
}

TEST_CASE("the header names the pinned algorithm exactly") {
    CHECK(read(R"({"alg":"HS256"})"));
    CHECK(read(R"({"alg":"HS384"})", Algorithm::hs384));
    CHECK(read(R"({"alg":"HS512","typ":"JWT"})", Algorithm::hs512));
    for (auto const* const header :
         {R"({"alg":"none"})", R"({"alg":"hs256"})", R"({"alg":"HS384"})", R"({"alg":"RS256"})", R"({"alg":""})",
          R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":256})", R"({"typ":"JWT"})", R"({})",
          R"({"alg":"HS256\u0000"})", R"({"alg":"HS256","alg":"HS256"})"}) {
        CAPTURE(header);
        auto const type = read(header);
        REQUIRE_FALSE(type);
        CHECK(type.error() == errc::bad_token);
    }
}

TEST_CASE("a header that changes how the token is read is refused") {
    CHECK_FALSE(read(R"({"alg":"HS256","crit":["exp"]})"));
    CHECK_FALSE(read(R"({"alg":"HS256","crit":[]})"));
    CHECK_FALSE(read(R"({"alg":"HS256","b64":false,"crit":["b64"]})"));
    CHECK_FALSE(read(R"({"alg":"HS256","b64":false})"));
}

TEST_CASE("keys and addresses in the header are not looked at") {
    CHECK(read(
        R"({"alg":"HS256","kid":"../null","jku":"http://evil/","x5u":"http://evil/","jwk":{"kty":"oct","k":"AA"}})"));
}

TEST_CASE("the type is JWT or at+jwt, in any case, or absent") {
    CHECK(read(R"({"alg":"HS256"})").value() == TokenType::jwt);
    CHECK(read(R"({"alg":"HS256","typ":"jwt"})").value() == TokenType::jwt);
    CHECK(read(R"({"alg":"HS256","typ":"AT+JWT"})").value() == TokenType::access_token);
    for (auto const* const header :
         {R"({"alg":"HS256","typ":"JWE"})", R"({"alg":"HS256","typ":""})", R"({"alg":"HS256","typ":1})",
          R"({"alg":"HS256","typ":null})", R"({"alg":"HS256","typ":"dpop+jwt"})"}) {
        CAPTURE(header);
        CHECK_FALSE(read(header));
    }
}

TEST_CASE("a header that is no strict base64url or no object is refused") {
    CHECK_FALSE(read_header("e30=", Algorithm::hs256));
    CHECK_FALSE(read_header(base64url::encode(R"({"alg":"HS256"})") + "=", Algorithm::hs256));
    CHECK_FALSE(read_header(" " + base64url::encode(R"({"alg":"HS256"})"), Algorithm::hs256));
    CHECK_FALSE(read(R"(["HS256"])"));
    CHECK_FALSE(read(R"("HS256")"));
    CHECK_FALSE(read(R"({"alg":"HS256"}x)"));
}

}  // namespace tollgate::token_test
