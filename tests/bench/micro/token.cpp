#include "auth/keyring.hpp"
#include "auth/recent_users.hpp"
#include "auth/verified_cache.hpp"
#include "auth/verifier.hpp"
#include "bench/micro/allocations.hpp"
#include "support/signed_token.hpp"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tollgate;

constexpr std::int64_t now = 1'700'000'000;
constexpr std::uint64_t fingerprint = 1;
constexpr std::size_t users = 1000;

auth::Verifier make_verifier() { return auth::Verifier({.secret = Secret(std::string(testing::test_key))}); }

std::vector<std::string> tokens_of(auth::Verifier const& verifier, std::size_t count) {
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < count; ++i) {
        auto token = verifier.issue(std::to_string(i % users + 1), 1, now);
        if (!token) std::abort();
        tokens.push_back(std::move(*token));
    }
    return tokens;
}

plugin::IdentityPtr identity_of(std::string user_id) {
    auto* const identity = new plugin::Identity;
    identity->user_id = std::move(user_id);
    return plugin::IdentityPtr(identity);
}

// What an attacker's token costs.
void check_signature(benchmark::State& state, bool is_good) {
    auth::Keyring const keyring(auth::Algorithm::hs256, testing::test_key);
    auto token = tokens_of(make_verifier(), 1).front();
    if (!is_good) token[token.size() - 5] = token[token.size() - 5] == 'A' ? 'B' : 'A';
    auto const parts = auth::split_token(token);
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        auto const checked = keyring.check(parts->signed_text, parts->signature);
        if (checked.has_value() != is_good) return state.SkipWithError("the signature is judged wrongly");
        benchmark::DoNotOptimize(checked);
    }
}
BENCHMARK_CAPTURE(check_signature, good, true);
BENCHMARK_CAPTURE(check_signature, forged, false);

void verify_token(benchmark::State& state, bool is_good) {
    auto const verifier = make_verifier();
    auto tokens = tokens_of(verifier, users);
    if (!is_good) {
        for (auto& token : tokens) token[token.size() - 5] = token[token.size() - 5] == 'A' ? 'B' : 'A';
    }
    std::size_t next = 0;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        auto const claims = verifier.verify(tokens[next++ % tokens.size()], now);
        if (claims.has_value() != is_good) return state.SkipWithError("the token is judged wrongly");
        benchmark::DoNotOptimize(claims);
    }
}
BENCHMARK_CAPTURE(verify_token, cold, true);
BENCHMARK_CAPTURE(verify_token, forged, false);

// One whose claims are not plain, so that the JWT library is asked.
void verify_token_with_both_locks(benchmark::State& state) {
    auto const verifier = make_verifier();
    auto const token = testing::hs256_token(
        R"({"sub":"1","iat":1700000000,"exp":1700001800,"jti":"0123456789abcdefghijkl","ver":1,"nbf":1700000000})");
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        auto const claims = verifier.verify(token, now);
        if (!claims) return state.SkipWithError("the token is judged wrongly");
        benchmark::DoNotOptimize(claims);
    }
}
BENCHMARK(verify_token_with_both_locks);

// Instead of a question to the store, for a new token of a user who was seen lately.
void find_recent_user(benchmark::State& state) {
    auth::RecentUsers recent;
    for (std::int64_t id = 1; id <= state.range(0); ++id)
        recent.remember({.id = id, .email = "user" + std::to_string(id) + "@example.com"}, recent.epoch());
    std::int64_t next = 0;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        auto const found = recent.find(next++ % state.range(0) + 1);
        if (!found) return state.SkipWithError("a user who was seen is not remembered");
        benchmark::DoNotOptimize(found);
    }
}
BENCHMARK(find_recent_user)->Arg(1)->Arg(1000)->Arg(16'000);

// The way of every request whose token is known.
void find_known_token(benchmark::State& state) {
    auto const tokens = tokens_of(make_verifier(), static_cast<std::size_t>(state.range(0)));
    auth::VerifiedCache cache;
    for (auto const& token : tokens)
        (void)cache.insert(token, identity_of("1"), now + 1800, fingerprint, cache.epoch());
    std::size_t next = 0;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        auto const* const found = cache.find(tokens[next++ % tokens.size()], fingerprint, now);
        if (!found) return state.SkipWithError("a known token is not known");
        benchmark::DoNotOptimize(*found);
    }
}
BENCHMARK(find_known_token)->Arg(1)->Arg(1000)->Arg(8000);

void insert_new_token(benchmark::State& state) {
    auto const tokens = tokens_of(make_verifier(), 20'000);  // more than it keeps
    auth::VerifiedCache cache;
    std::size_t next = 0;
    bench::CountedAllocations const counted(state);
    for (auto _ : state) {
        auto const kept =
            cache.insert(tokens[next++ % tokens.size()], identity_of("1"), now + 1800, fingerprint, cache.epoch());
        benchmark::DoNotOptimize(kept);
    }
}
BENCHMARK(insert_new_token);

}  // namespace
