// The block `plugins.auth` as typed values, read once. Every default of this family stands here or in the structs it
// uses. Reading does no I/O; what is wrong is recorded at the node, with its position.
#pragma once

#include "auth/throttle.hpp"
#include "auth/verifier.hpp"
#include "settings/node.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::auth {

struct UserSettings {
    std::filesystem::path store;  // the SQLite file
    unsigned bcrypt_cost = 12;
    // While the store does not answer, users that were verified so recently still pass.
    std::chrono::milliseconds store_grace = std::chrono::seconds(60);
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

// The file that `sqlite:///var/lib/users.db` (absolute) or `sqlite:users.db` (relative to the working directory)
// names; nothing for anything else.
[[nodiscard]] std::optional<std::filesystem::path> sqlite_path(std::string_view dsn);

// Whether a key is one that is shown somewhere, or nobody can have drawn at random.
[[nodiscard]] bool is_placeholder(std::string_view key);

// A number that changes with everything that decides whether a token is good: keys, algorithm, claim rules, the store.
[[nodiscard]] std::uint64_t fingerprint_of(AuthSettings const& settings);

}  // namespace tollgate::auth
