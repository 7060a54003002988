// Stores of users for tests: an SQLite file, or a PostgreSQL server that is started with the first test that needs one
// and ends with the process.
#pragma once

#include "auth/auth_settings.hpp"
#include "auth/store/users.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace tollgate::testing {

[[nodiscard]] inline auth::StoreLocation sqlite_store(std::filesystem::path const& file) {
    return *auth::read_store_location("sqlite://" + file.native());
}

[[nodiscard]] inline auth::UserSettings settings_of(auth::StoreLocation location) {
    auth::UserSettings settings;
    settings.store = std::move(location);
    return settings;
}

// Of the server of this process, started when there is none yet; throws when that fails.
[[nodiscard]] std::string postgresql_uri();

// Runs statements there, on a connection of their own.
void postgresql(std::string const& statements);

// What a test says to have an empty store of either kind.
struct OnSqlite {
    TempFolder folder;
    auth::StoreLocation location = sqlite_store(folder.path() / "users.db");
};
struct OnPostgresql {
    auth::StoreLocation location;
    OnPostgresql() : location(*auth::read_store_location(postgresql_uri())) {
        postgresql("DROP SCHEMA IF EXISTS tollgate CASCADE");
    }
};

}  // namespace tollgate::testing
