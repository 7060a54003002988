// Bearer tokens. In one line: a token as a client sends it, which is never accepted but byte for byte as it was issued.
// In two lines: a header and a payload that are signed with the real key, so that what comes after the signature is
// tried too.
#include "auth/token.hpp"

#include "auth/verifier.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "support/signed_token.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tollgate::fuzz {
namespace {

constexpr std::int64_t now = 1'800'000'000;
constexpr std::string_view other_key = "another honest key of 64 bytes 0123456789 abcdefghijklmnopqrstuv";

auth::Verifier verifier(std::string_view key, auth::Algorithm algorithm, auth::ClaimRules rules = {}) {
    return auth::Verifier({.algorithm = algorithm, .secret = Secret(std::string(key)), .rules = std::move(rules)});
}

// What the seeds hold.
std::array<std::string, 2> issued() {
    return {
        testing::hs256_token(R"({"sub":"7","exp":4102444800})"),
        testing::signed_token(R"({"alg":"HS256","typ":"at+jwt"})", R"({"sub":"7","exp":4102444800,"aud":["a","b"]})")};
}

void check_claims(auth::Claims const& claims) {
    require(!claims.subject.empty() && claims.subject.size() <= 255, "a subject is bounded");
    require(std::ranges::all_of(claims.subject, [](char c) { return c > 0x20 && c < 0x7f; }),
            "a subject can be a field value");
    require(claims.expires_at > now && claims.expires_at <= auth::most_numeric_date, "a token has not expired");
    constexpr auto latest = now + auth::clock_leeway_seconds;
    require(claims.not_before.value_or(0) <= latest && claims.issued_at.value_or(0) <= latest, "a token has begun");
}

}  // namespace

void try_token(std::string_view input) {
    static auto const good_tokens = issued();
    static auto const honest = verifier(testing::test_key, auth::Algorithm::hs256);
    static auto const strict = verifier(testing::test_key, auth::Algorithm::hs256, {.issuer = "me", .audience = "a"});
    static auto const longer = verifier(testing::test_key, auth::Algorithm::hs512);
    static auto const stranger = verifier(other_key, auth::Algorithm::hs256);

    if (auto const claims = honest.verify(input, now)) {
        require(is_in(good_tokens, input), "nobody makes a token without the key");
        check_claims(*claims);
    }
    auto payload = input;
    auto const header = take_line(payload);
    auto const token = testing::signed_token(header, payload);
    auto const claims = honest.verify(token, now);
    if (claims) check_claims(*claims);
    if (auto const same = strict.verify(token, now)) {
        require(claims && same->issuer == "me" && is_in(same->audience, "a"), "claims are asked for");
    }
    require(!longer.verify(token, now), "the algorithm is ours to choose");
    for (auto const candidate : {input, std::string_view(token)})
        require(!stranger.verify(candidate, now), "without the key nothing is accepted");
}

}  // namespace tollgate::fuzz
