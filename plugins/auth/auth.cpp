#include "auth/auth.hpp"

#include "auth/directories.hpp"
#include "auth/first_user.hpp"
#include "auth/user_verbs.hpp"

#include <fmt/format.h>

#include <utility>

namespace tollgate::auth {
namespace {

using plugin::Services;

std::shared_ptr<VerifiedCaches> kept_caches(Services& services) {
    return services.keep<VerifiedCaches>("auth.verified",
                                         [&] { return std::make_shared<VerifiedCaches>(services.worker_count()); });
}

std::shared_ptr<SlowestCheck> kept_slowest(Services& services) {
    return services.keep<SlowestCheck>("auth.slowest_check", [] { return std::make_shared<SlowestCheck>(); });
}

std::shared_ptr<UserDirectory> kept_users(Services& services, std::shared_ptr<VerifiedCaches> caches,
                                          UserSettings const& settings) {
    auto const kept = services.keep<Directories>("auth.users", [] { return std::make_shared<Directories>(); });
    return kept->of(services, std::move(caches), kept_slowest(services), settings);
}

// Other limits begin with empty tables.
std::shared_ptr<Throttle> kept_throttle(Services& services, ThrottleLimits const& limits) {
    auto const key = fmt::format("auth.throttle {} {} {} {} {}", limits.failures, limits.first_wait.count(),
                                 limits.longest_wait.count(), limits.burst, limits.interval.count());
    return services.keep<Throttle>(key, [&] { return std::make_shared<Throttle>(limits); });
}

}  // namespace

Auth::Accounts::Accounts(Services& services, AuthSettings const& settings, Verifier const& verifier,
                         std::shared_ptr<VerifiedCaches> caches)
    : users(kept_users(services, std::move(caches), *settings.users)),
      throttle(kept_throttle(services, settings.throttle)),
      hashing(services, settings.users->bcrypt_cost, kept_slowest(services), settings.users->hashing_threads),
      counts(services),
      login({services.clock(), verifier, counts, *users, hashing, *throttle}),
      bcrypt_cost(settings.users->bcrypt_cost),
      login_path(settings.login_path),
      me_path(settings.me_path) {
    if (auto const& first = settings.users->first_user)
        first_user.emplace(FirstUser{.email = first->email, .password = first->password.clone()});
}

plugin::Checked<std::unique_ptr<Auth>> Auth::make(plugin::Setup& setup) {
    auto settings = read_auth_settings(setup.settings);
    if (!settings) return std::unexpected(settings::SettingsErrors{});
    return std::unique_ptr<Auth>(new Auth(setup.services, std::move(*settings)));
}

Auth::Auth(Services& services, AuthSettings settings)
    : clock_(services.clock()),
      caches_(kept_caches(services)),
      decisions_(services),
      fingerprint_(fingerprint_of(settings)) {
    verifier_ = std::make_unique<Verifier>(std::move(settings.tokens));
    if (settings.users) accounts_ = std::make_unique<Accounts>(services, settings, *verifier_, caches_);
    bearer_ = std::make_unique<Bearer>(BearerParts{
        .clock = services.clock(),
        .verifier = *verifier_,
        .decisions = decisions_,
        .caches = *caches_,
        .users = accounts_ ? accounts_->users.get() : nullptr,
        .fingerprint = fingerprint_,
        .store_grace = settings.users ? settings.users->store_grace : std::chrono::milliseconds(0),
    });
}

std::vector<plugin::Verb> Auth::verbs() { return user_verbs(); }

std::vector<plugin::EndpointRoute> Auth::endpoints() const {
    if (!accounts_) return {};
    return {{"POST", accounts_->login_path, Access::open, &accounts_->login},
            {"GET", accounts_->me_path, Access::guarded, &accounts_->me}};
}

std::expected<void, std::string> Auth::open() {
    if (!accounts_) return {};
    if (auto const opened = accounts_->users->open(); !opened) return opened;
    auto& store = accounts_->users->store();
    if (auto& first = accounts_->first_user) {
        if (auto const made = make_first_user(store, *first, accounts_->bcrypt_cost, clock_.unix_seconds()); !made)
            return made;
        first.reset();
    }
    auto const schemes = store.schemes();
    if (!schemes) return std::unexpected("the user store does not answer");
    return accounts_->hashing.open(*schemes);
}

}  // namespace tollgate::auth
