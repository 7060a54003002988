// The verifier asks the JWT library step by step. What it accepts must be what the library's own decode() accepts too.
#include "auth/verifier.hpp"
#include "support/signed_token.hpp"

#include <doctest/doctest.h>
#include <jwt/jwt.hpp>

#include <ctime>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

namespace tollgate::second_lock_test {
using namespace tollgate::auth;
using tollgate::testing::signed_token;
using tollgate::testing::test_key;

namespace {

std::int64_t const now = std::time(nullptr);

bool we_accept(std::string const& token, Algorithm algorithm) {
    Verifier const verifier({.algorithm = algorithm, .secret = Secret(std::string(test_key))});
    return verifier.verify(token, now).has_value();
}

// It subtracts its leeway from `nbf` without a look at the sign: a small one takes none.
bool decode_accepts(std::string const& token, std::string const& payload, Algorithm algorithm) {
    try {
        using namespace jwt::params;
        std::error_code error;
        std::vector<std::string> const pinned{std::string(name_of(algorithm))};
        auto const decoded =
            jwt::decode(token, algorithms(pinned), error, secret(std::string(test_key)), verify(true),
                        leeway(payload.contains(R"("nbf":0)") || payload.contains(R"("nbf":1.5)") ? 0 : 60));
        return !error && !decoded.payload().get_claim_value<std::string>("sub").empty();
    } catch (std::exception const&) {
        return false;
    }
}

EVP_MD const* digest_of(std::string_view name) {
    if (name.ends_with("384")) return EVP_sha384();
    return name.ends_with("512") ? EVP_sha512() : EVP_sha256();
}

std::vector<std::string> headers_naming(std::string const& algorithm) {
    std::vector<std::string> headers;
    for (std::string_view const shape :
         {R"({"alg":"ALG","typ":"JWT"})", R"({"typ":"JWT","alg":"ALG"})", R"({"alg":"ALG"})",
          R"({ "alg": "ALG", "typ": "JWT" })", R"({"alg":"ALG","typ":"jwt","kid":"1"})", R"({"alg":"ALG","typ":"JWS"})",
          R"({"alg":"ALG","typ":1})", R"({"alg":"ALG","alg":"ALG"})", R"({"alg":"ALG","crit":[]})", R"(["ALG"])",
          R"({"typ":"JWT"})", R"({"alg":"ALG","typ":"JWT"} )"}) {
        std::string header(shape);
        for (auto at = header.find("ALG"); at != std::string::npos; at = header.find("ALG", at))
            header.replace(at, 3, algorithm);
        headers.push_back(std::move(header));
    }
    return headers;
}

std::vector<std::string> payloads() {
    auto const at = [](std::int64_t offset) { return std::to_string(now + offset); };
    auto const begin = R"({"sub":"1","exp":)" + at(600);
    return {
        begin + "}",
        begin + R"(,"nbf":)" + at(-600) + R"(,"iat":)" + at(-600) + R"(,"jti":"x","ver":1})",
        begin + R"(,"iat":)" + at(-600) + R"(,"jti":"x","ver":1,"iss":"me","aud":"us"})",
        begin + R"(,"iat":)" + at(30) + "}",
        begin + R"(,"ver":1,"ver":2})",
        begin + R"(,"jti":"\u0000"})",
        begin + R"(,"nbf":)" + at(30) + "}",
        begin + R"(,"nbf":)" + at(600) + "}",
        begin + R"(,"nbf":0})",
        begin + R"(,"nbf":"soon"})",
        begin + R"(,"nbf":1.5})",
        begin + R"(,"iat":"x"})",
        begin + R"(,"aud":["a","b"],"iss":"me"})",
        begin + R"(,"more":{"deep":[1,2,{"x":null}]}})",
        begin + R"(,"\u0073ub":"2"})",
        begin + R"(,"SUB":"2"})",
        R"({"sub":"1","exp":)" + at(-1) + "}",
        R"({"sub":"1","exp":")" + at(600) + R"("})",
        R"({"sub":"1","exp":)" + at(600) + ".5}",
        R"({"sub":"1","exp":-1})",
        R"({"sub":"1","exp":1e300})",
        R"({"sub":"1","exp":9007199254740992})",
        R"({"sub":"1"})",
        R"({"sub":1,"exp":)" + at(600) + "}",
        R"({"exp":)" + at(600) + "}",
        R"({"sub":"1","sub":"2","exp":)" + at(600) + "}",
        R"({"sub":"\u0031","exp":)" + at(600) + "}",
        R"(["sub","1"])",
        "null",
        "",
    };
}

}  // namespace

TEST_CASE("no token is accepted that the library's own decode() would refuse") {
    int accepted = 0;
    for (auto const pinned : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
        for (std::string const named : {"HS256", "HS384", "HS512", "hs256", "none"}) {
            for (auto const& header : headers_naming(named)) {
                for (auto const& payload : payloads()) {
                    for (std::string_view const key : {test_key, std::string_view("another key of 64 bytes or so")}) {
                        auto const token = signed_token(header, payload, key, digest_of(named));
                        CAPTURE(header);
                        CAPTURE(payload);
                        bool const ours = we_accept(token, pinned);
                        accepted += ours ? 1 : 0;
                        if (ours) CHECK(decode_accepts(token, payload, pinned));
                    }
                }
            }
        }
    }
    CHECK(accepted > 100);
}

TEST_CASE("a header that is known is known for its own algorithm alone") {
    for (auto const pinned : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
        for (std::string const named : {"HS256", "HS384", "HS512"}) {
            for (auto const digest : {EVP_sha256(), EVP_sha384(), EVP_sha512()}) {
                auto const token =
                    signed_token(R"({"alg":")" + named + R"(","typ":"JWT"})", payloads().front(), test_key, digest);
                CAPTURE(named);
                CHECK(we_accept(token, pinned) == (named == name_of(pinned) && digest == digest_of(named)));
            }
        }
    }
}

}  // namespace tollgate::second_lock_test
