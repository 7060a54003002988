// Where users are stored, as the configuration says it: the file of an SQLite database, or the URI of a PostgreSQL
// server. Read once, without any I/O.
#pragma once

#include "base/secret.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::auth {

enum class Engine : std::uint8_t { sqlite, postgresql };

struct StoreLocation {
    Engine engine = Engine::sqlite;
    std::filesystem::path file;                // SQLite's
    std::shared_ptr<Secret const> connection;  // PostgreSQL's: libpq's keywords and values
    std::string shown;                         // for people: without the password
    std::string key;                           // another one for every other store, and without a secret
};

// `sqlite:///var/lib/users.db`, `sqlite:users.db` (relative to the working directory), or
// `postgresql://user@host:port/database?sslmode=verify-full`, with every parameter that libpq knows. `password` is for
// PostgreSQL, when the URI holds none. The error is a sentence that repeats nothing of what it is about.
[[nodiscard]] std::expected<StoreLocation, std::string> read_store_location(std::string_view uri, Secret password = {});

// The file that a `sqlite:` URI names; nothing for anything else.
[[nodiscard]] std::optional<std::filesystem::path> sqlite_path(std::string_view uri);

}  // namespace tollgate::auth
