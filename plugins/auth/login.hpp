// POST /login: a password for a token. Cheap refusals first (form, throttle), then the store, then the hash on its
// pool. A wrong password, an unknown and a disabled user are answered with the same bytes at the same time.
#pragma once

#include "auth/counts.hpp"
#include "auth/directory.hpp"
#include "auth/hashing.hpp"
#include "auth/login_form.hpp"
#include "auth/throttle.hpp"
#include "auth/verifier.hpp"
#include "plugin/plugin.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>

namespace tollgate::auth {

// What it asks; all outlive it.
struct LoginParts {
    Clock const& clock;
    Verifier const& verifier;
    Logins const& counts;
    UserDirectory& users;
    Hashing const& hashing;
    Throttle& throttle;
};

class Login final : public plugin::Endpoint {
public:
    explicit Login(LoginParts parts) : parts_(parts) {}

    [[nodiscard]] std::size_t body_limit() const override { return 16 * 1024; }
    [[nodiscard]] boost::asio::awaitable<plugin::Reply> serve(plugin::Exchange& exchange,
                                                              std::string body) const override;

private:
    [[nodiscard]] boost::asio::awaitable<plugin::Reply> try_password(plugin::Exchange& exchange,
                                                                     LoginAttempt attempt) const;
    [[nodiscard]] plugin::Reply unavailable(plugin::Exchange& exchange, std::string const& account,
                                            boost::system::error_code why) const;
    [[nodiscard]] plugin::Reply admit(plugin::Exchange& exchange, User const& user) const;

    LoginParts parts_;
};

}  // namespace tollgate::auth
