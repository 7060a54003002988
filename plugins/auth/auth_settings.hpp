// The block `plugins.auth` as typed values, read once. Every default of this family stands here or in the structs it
// uses. Reading does no I/O; what is wrong is recorded at the node, with its position.
#pragma once

#include "auth/store/location.hpp"
#include "auth/throttle.hpp"
#include "auth/verifier.hpp"
#include "base/secret.hpp"
#include "settings/node.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::auth {

// Whom a store that has never had a user gets when the gateway starts.
struct FirstUser {
    std::string email;  // folded
    Secret password;
};

struct UserSettings {
    StoreLocation store;
    unsigned connections = 1;  // of the workers; the change feed has one more
    unsigned bcrypt_cost = 12;
    unsigned hashing_threads = 0;  // 0: one for each core
    // While the store does not answer, users that were verified so recently still pass.
    std::chrono::milliseconds store_grace = std::chrono::seconds(60);
    std::optional<FirstUser> first_user;
};

struct AuthSettings {
    TokenSettings tokens;
    std::optional<UserSettings> users;  // absent: the gateway only verifies
    std::string login_path = "/login";
    std::string me_path = "/me";
    ThrottleLimits throttle;
};

// Nothing when an error was recorded that leaves no sense in going on; other errors are recorded, and their fallbacks
// are in the result.
[[nodiscard]] std::optional<AuthSettings> read_auth_settings(settings::SettingsNode const& node);

// The block `users` alone, for verbs that need no token key.
[[nodiscard]] std::optional<UserSettings> read_user_settings(settings::SettingsNode const& node);

// Whether a key is one that is shown somewhere, or one that nobody can have drawn at random.
[[nodiscard]] bool is_placeholder(std::string_view key);
[[nodiscard]] bool is_easily_guessed(std::string_view key);

// A number that changes with everything that decides whether a token is good: keys, algorithm, claim rules, the store.
[[nodiscard]] std::uint64_t fingerprint_of(AuthSettings const& settings);

}  // namespace tollgate::auth
