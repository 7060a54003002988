#include "auth/plain_claims.hpp"

#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

namespace tollgate::plain_claims_test {
using namespace tollgate::auth;

namespace {

std::optional<Claims> plain(std::string_view json) { return read_plain_claims(base64url::encode(json)); }

// Whether read_claims() sees the same in it.
bool is_read_alike(Claims const& claims, std::string_view json) {
    auto const read = read_claims(base64url::encode(json));
    return read && read->subject == claims.subject && read->expires_at == claims.expires_at &&
           read->not_before == claims.not_before && read->issued_at == claims.issued_at &&
           read->issuer == claims.issuer && read->audience == claims.audience && read->id == claims.id &&
           read->epoch == claims.epoch;
}

}  // namespace

TEST_CASE("claims as issuers write them are plain, in any order") {
    for (
        std::string_view const json : {
            R"({"sub":"1","exp":1700000060})",
            R"({"exp":1700000060,"sub":"1"})",
            R"({"exp":1800000000,"iat":1700000000,"jti":"q-_9","sub":"42","ver":7})",
            R"({"sub":"a@b.example|x","iat":0,"exp":999999999999999,"jti":"x y","ver":1,"iss":"https://me/","aud":"us"})",
        }) {
        CAPTURE(json);
        auto const claims = plain(json);
        REQUIRE(claims);
        CHECK(is_read_alike(*claims, json));
    }
}

TEST_CASE("what leaves any doubt is not plain") {
    for (std::string_view const json : {
             R"({"sub":"1"})",
             R"({"exp":1})",
             R"({})",
             R"({"sub":"1","exp":1,"sub":"1"})",
             R"({"sub":"1","exp":1,"exp":2})",
             R"({"sub":"1","exp":1,"ver":1,"ver":1})",
             R"({"sub":"1","exp":1,"nbf":1})",
             R"({"sub":"1","exp":1,"name":"x"})",
             R"({"sub":"1","exp":1,"Sub":"1"})",
             R"({"sub":"1","exp":1,"":"1"})",
             R"({"sub":"\u0031","exp":1})",
             R"({"\u0073ub":"1","exp":1})",
             R"({"sub":"1\"","exp":1})",
             R"({"sub":"","exp":1})",
             R"({"sub":"1","exp":1,"jti":""})",
             R"({"sub":"a b","exp":1})",
             "{\"sub\":\"\xc3\xa4\",\"exp\":1}",
             "{\"sub\":\"1\t\",\"exp\":1}",
             R"({"sub":1,"exp":1})",
             R"({"sub":"1","exp":"1"})",
             R"({"sub":"1","exp":-1})",
             R"({"sub":"1","exp":+1})",
             R"({"sub":"1","exp":01})",
             R"({"sub":"1","exp":1.0})",
             R"({"sub":"1","exp":1e3})",
             R"({"sub":"1","exp":1000000000000000})",
             R"({"sub":"1","exp":})",
             R"({"sub":"1","exp":1,"aud":["a"]})",
             R"({"sub":"1","exp":1,"iss":null})",
             R"({"sub":"1", "exp":1})",
             R"({ "sub":"1","exp":1})",
             R"({"sub":"1","exp":1} )",
             R"({"sub":"1","exp":1,})",
             R"({"sub":"1","exp":1}})",
             R"({"sub":"1","exp":1)",
             R"({"sub":"1"."exp":1})",
             R"({"sub""1","exp":1})",
             R"({"sub":"1","exp":1}{)",
             R"(["sub","1"])",
             R"({"sub)",
             "",
         }) {
        CAPTURE(json);
        CHECK_FALSE(plain(json));
    }
    CHECK_FALSE(read_plain_claims(base64url::encode(R"({"sub":"1","exp":1})") + "="));
    CHECK(plain(R"({"exp":1,"sub":")" + std::string(255, 'x') + "\"}"));
    CHECK_FALSE(plain(R"({"exp":1,"sub":")" + std::string(256, 'x') + "\"}"));
    CHECK_FALSE(plain(R"({"exp":1,"sub":"1","jti":")" + std::string(500, 'x') + "\"}"));
}

TEST_CASE("what is plain is read alike by the reader of JSON, however it is bent") {
    std::mt19937 random(1);
    std::string const seed = R"({"exp":1800000000,"iat":17,"jti":"q-_9","sub":"42","ver":7,"iss":"me","aud":"us"})";
    constexpr std::string_view bits = R"({}[]":,\ 0123456789-+.eEsubexpiatjtiveraud)";
    auto const any = [&](std::size_t most) { return random() % most; };
    int plain_ones = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto json = seed;
        for (auto changes = any(3) + 1; changes > 0; --changes) {
            auto const at = any(json.size());
            switch (any(4)) {
                case 0: json[at] = bits[any(bits.size())]; break;
                case 1: json.erase(at, any(12) + 1); break;
                case 2: json.insert(at, 1, bits[any(bits.size())]); break;
                default: json.insert(at, json.substr(any(json.size()), any(16))); break;
            }
            if (json.empty()) json = "{";
        }
        auto const claims = plain(json);
        if (!claims) continue;
        ++plain_ones;
        CAPTURE(json);
        CHECK(is_read_alike(*claims, json));
    }
    CHECK(plain_ones > 1'000);
}

}  // namespace tollgate::plain_claims_test
