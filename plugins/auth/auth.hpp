// The plugin `auth`: the bearer check of every request, and with a user store /login and /me. make() reads the
// settings and does no I/O; open() opens the store, measures the hashes and starts the change feed.
#pragma once

#include "auth/auth_settings.hpp"
#include "auth/bearer.hpp"
#include "auth/login.hpp"
#include "auth/me.hpp"
#include "plugin/plugin.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::auth {

class Auth final : public plugin::RequestHook, public plugin::Endpoints, public plugin::Opening {
public:
    static constexpr std::string_view name = "auth";
    static constexpr std::string_view summary = "checks bearer tokens; serves /login and /me from a user store";
    static constexpr auto identity_role = plugin::IdentityRole::provides;

    // An empty list of errors: they are recorded at the nodes already.
    [[nodiscard]] static plugin::Checked<std::unique_ptr<Auth>> make(plugin::Setup& setup);
    [[nodiscard]] static std::vector<plugin::Verb> verbs();

    plugin::Verdict on_request(plugin::Exchange& exchange) const override { return bearer_->on_request(exchange); }
    [[nodiscard]] std::vector<plugin::EndpointRoute> endpoints() const override;
    [[nodiscard]] std::expected<void, std::string> open() override;

private:
    // What only a gateway with users has.
    struct Accounts {
        std::shared_ptr<UserDirectory> users;
        std::shared_ptr<Throttle> throttle;
        Hashing hashing;
        Logins counts;
        Login login;
        Me me;
        std::optional<FirstUser> first_user;  // until it is made
        unsigned bcrypt_cost;
        std::string login_path;
        std::string me_path;

        Accounts(plugin::Services& services, AuthSettings const& settings, Verifier const& verifier,
                 std::shared_ptr<VerifiedCaches> caches);
    };

    Auth(plugin::Services& services, AuthSettings settings);

    Clock const& clock_;
    std::shared_ptr<VerifiedCaches> caches_;
    Decisions decisions_;
    std::uint64_t fingerprint_;
    std::unique_ptr<Verifier> verifier_;
    std::unique_ptr<Accounts> accounts_;
    std::unique_ptr<Bearer> bearer_;
};

}  // namespace tollgate::auth
