// What differs between the databases that keep users: how to connect, a handful of statements, the steps to the present
// schema, and what an error means. All else is the same SQL for both. Inside store/ only: everybody else has a
// UserStore. What SOCI and the drivers throw leaves as a value: connections.hpp sees to that.
#pragma once

#include "auth/store/cut_off.hpp"
#include "auth/store/location.hpp"

#include <span>
#include <string>

namespace soci {
class session;
}

namespace tollgate::auth {

// One step forward of the schema: statements that only add, so that the release before still runs on the result.
using Migration = std::span<char const* const>;

// The second step, which is the same for both. Which schemes there are is asked whenever a hash is new: not by reading
// a million users. From here on the steps are counted.
inline constexpr char const* schemes_by_index[] = {
    "CREATE INDEX users_password_scheme ON users (password_scheme)",
    "CREATE TABLE migrations (step INTEGER PRIMARY KEY)",
};

struct Dialect {
    // Connects `sql`, with all its settings; waits that have no other end are cut off. Throws.
    void (*open)(soci::session& sql, StoreLocation const& location, CutOff& cut_off);

    // Whether the connection behind `sql` still stands; costs nothing that waits.
    bool (*alive)(soci::session& sql);

    // Called in a handler: one line on the exception, without the SQL and its values.
    std::string (*problem)();

    // Called in a handler, when connecting failed: whether it may succeed by itself, later.
    bool (*passes)();

    // The descriptor that waits of this connection hang on, to be cut off with; negative when they end by themselves.
    int (*descriptor)(soci::session& sql);

    // Asks the database to wake this connection for each change; forgets what has woken it so far, and says whether
    // anything has.
    void (*listen)(soci::session& sql);
    bool (*drain)(soci::session& sql);

    // No id up to `id` will be given to anybody; in an import.
    void (*raise_last_user_id)(soci::session& sql, long long id);

    char const* begin;            // a transaction that may write; SQLite's holds off every other writer
    char const* begin_migration;  // one that no other process runs at the same time
    char const* begin_import;     // one in which nobody else adds users
    char const* count_tables;     // of the name `:name`: 0 or 1
    char const* newest_change;    // the last id of the change log, cut-off rows included; ids have no gaps
    char const* last_user_id;     // the highest that was ever given, or drawn in vain; 0: none

    std::span<Migration const> migrations;
};

[[nodiscard]] Dialect const& dialect_of(Engine engine) noexcept;
[[nodiscard]] Dialect const& sqlite_dialect() noexcept;
[[nodiscard]] Dialect const& postgresql_dialect() noexcept;

}  // namespace tollgate::auth
