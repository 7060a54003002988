// The check of every request to a protected route: its bearer token is known, or verified, or refused. A known token
// costs one lookup in the worker's cache. One that is new is verified on the spot, so that a forgery goes no further,
// and then its user is remembered from lately, or asked of the store. Immutable; every worker asks it at once.
#pragma once

#include "auth/claims.hpp"
#include "auth/counts.hpp"
#include "auth/directory.hpp"
#include "auth/verifier.hpp"
#include "plugin/plugin.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::auth {

// What it asks; all outlive it.
struct BearerParts {
    Clock const& clock;
    Verifier const& verifier;
    Decisions const& decisions;
    VerifiedCaches& caches;
    UserDirectory* users = nullptr;  // null: the gateway only verifies, a valid token is enough
    std::uint64_t fingerprint = 0;   // of the token settings
    std::chrono::milliseconds store_grace{0};
};

class Bearer {
public:
    explicit Bearer(BearerParts parts) : parts_(parts) {}

    plugin::Verdict on_request(plugin::Exchange& exchange) const;

private:
    [[nodiscard]] plugin::Verdict verify(plugin::Exchange& exchange, std::string_view token) const;
    [[nodiscard]] bool is_remembered(plugin::Exchange& exchange, std::string_view token, Claims const& claims,
                                     std::int64_t id) const;
    [[nodiscard]] boost::asio::awaitable<plugin::Verdict> look_up(plugin::Exchange& exchange, std::string token,
                                                                  Claims claims, std::int64_t id) const;
    [[nodiscard]] bool keep(plugin::Exchange& exchange, std::string_view token, Claims const& claims, std::string email,
                            std::uint64_t epoch) const;
    [[nodiscard]] plugin::Verdict believe(plugin::Exchange& exchange, Claims const& claims, User const& user) const;
    [[nodiscard]] plugin::Verdict refuse(plugin::Exchange& exchange, boost::system::error_code why) const;

    BearerParts parts_;
};

// Why a token with good claims is not good for its user; errc{} when it is.
[[nodiscard]] errc refusal_of(Claims const& claims, User const& user) noexcept;

// The id that a subject names: its decimal digits, without sign or leading zero. 0 when it names none.
[[nodiscard]] std::int64_t user_id_of(std::string_view subject) noexcept;

}  // namespace tollgate::auth
