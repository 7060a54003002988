// The check of tokens as a gateway has it, without the gateway, on worker 0; its users stand in an SQLite file that the
// test changes as another process would.
#pragma once

#include "auth/bearer.hpp"
#include "support/await.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_services.hpp"
#include "support/signed_token.hpp"
#include "support/stores.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::testing {

inline constexpr std::int64_t check_now = 1'700'000'000;
inline constexpr std::chrono::seconds check_grace{60};

// A gateway's check without the gateway. Without a store it only verifies.
struct Check {
    FakeServices services;
    auth::Verifier verifier{{.algorithm = auth::Algorithm::hs256,
                             .secret = Secret(std::string(test_key)),
                             .lifetime = std::chrono::minutes(30),
                             .rules = {}}};
    auth::Decisions decisions{services};
    std::shared_ptr<auth::VerifiedCaches> caches = std::make_shared<auth::VerifiedCaches>(1U);
    std::unique_ptr<auth::UserDirectory> users;

    [[nodiscard]] auth::Bearer bearer(std::uint64_t fingerprint = 1) const {
        return auth::Bearer({services.clock(), verifier, decisions, *caches, users.get(), fingerprint, check_grace});
    }
    plugin::Verdict ask(FakeExchange& visit) {
        auto const asked = bearer();
        auto verdict = asked.on_request(visit.exchange);
        if (verdict.passes() || verdict.reply()) return verdict;
        return await(services.context, std::move(verdict).rest());
    }
    errc refusal(FakeExchange& visit) {
        auto verdict = ask(visit);
        REQUIRE(verdict.reply());
        CHECK_FALSE(visit.exchange.identity);
        CHECK(visit.exchange.note == verdict.reply()->reason);
        return verdict.reply()->reason;
    }
    errc refusal(std::string_view token) {
        FakeExchange visit;
        return refusal(visit.with_token(token));
    }
    bool admits(std::string_view token) {
        FakeExchange visit;
        return ask(visit.with_token(token)).passes();
    }
    // Known tokens pass without a coroutine.
    bool admits_at_once(std::string_view token) {
        FakeExchange visit;
        return bearer().on_request(visit.with_token(token).exchange).passes() && visit.exchange.identity;
    }
    std::uint64_t count(std::string result, std::string reason) {
        return services.counter("auth_decisions", "", {{"result", std::move(result)}, {"reason", std::move(reason)}})
            .total();
    }
};

struct CheckWithUsers : Check {
    TempFolder folder;
    std::filesystem::path file = folder.path() / "users.db";
    std::unique_ptr<auth::UserStore> store = std::move(*auth::UserStore::open(sqlite_store(file)));

    CheckWithUsers() {
        users = std::make_unique<auth::UserDirectory>(services, caches, std::make_shared<auth::SlowestCheck>(),
                                                      settings_of(sqlite_store(file)));
        (void)*store->add("a@x", "hash", check_now);
        REQUIRE(users->open(auth::Feeding::by_hand));
        services.run_posted();
    }
    std::string issue(std::int64_t user = 1) {
        auto const found = *store->find_by_id(user);
        return *verifier.issue(std::to_string(user), found ? found->token_epoch : 1, services.time.unix_seconds());
    }
    void tell() {
        REQUIRE(users->poll());
        services.run_posted();
    }
};

}  // namespace tollgate::testing
