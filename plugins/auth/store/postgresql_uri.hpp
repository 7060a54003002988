// The URI of a PostgreSQL database, read by libpq itself, and completed by what lets no wait last for ever. No I/O.
#pragma once

#include "base/secret.hpp"

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace tollgate::auth {

// To connect to one host, and how long the kernel tries to deliver something; a URI may say otherwise.
inline constexpr std::chrono::seconds connect_timeout{2};
inline constexpr std::chrono::seconds tcp_user_timeout{2};

struct PostgresqlConnection {
    Secret connection;  // "host='db' user='tollgate' ...", as PQconnectdb takes it
    std::string shown;  // "postgresql://tollgate@db:5432/tollgate"
};

[[nodiscard]] bool is_postgresql_uri(std::string_view text) noexcept;

// The error is a sentence for the operator that repeats nothing of the URI.
[[nodiscard]] std::expected<PostgresqlConnection, std::string> read_postgresql_uri(std::string_view uri,
                                                                                   Secret password);

}  // namespace tollgate::auth
