#include "auth/store/dialect.hpp"

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <thread>

namespace tollgate::auth {
namespace {

constexpr unsigned most_tries = 500;  // of 10 ms

constexpr char const* first_tables[] = {
    "CREATE TABLE schema_version (version INTEGER NOT NULL)",
    "INSERT INTO schema_version VALUES (1)",
    "CREATE TABLE users ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " email TEXT NOT NULL UNIQUE,"
    " password_hash TEXT NOT NULL,"
    " password_scheme TEXT NOT NULL,"
    " disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),"
    " created_at INTEGER NOT NULL,"
    " token_epoch INTEGER NOT NULL DEFAULT 1,"
    " tokens_changed_at INTEGER NOT NULL DEFAULT 0)",
    // No foreign key: the log outlives the users it tells of. Its ids have no gaps: there is one writer, and a row that
    // is rolled back gives its id back.
    "CREATE TABLE changes ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " user_id INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " at INTEGER NOT NULL)",
    "CREATE INDEX changes_at ON changes (at)",
};

constexpr Migration migrations[] = {first_tables, schemes_by_index};

// Switches to a write-ahead log; returns the mode that holds. While another process does the same SQLite says busy at
// once, whatever its timeout: waiting could be a deadlock.
std::string write_ahead_log(soci::session& sql) {
    for (unsigned tries = 1;; ++tries) {
        try {
            std::string mode;
            sql << "PRAGMA journal_mode = WAL", soci::into(mode);
            return mode;
        } catch (soci::sqlite3_soci_error const& error) {
            if (error.result() != SQLITE_BUSY || tries == most_tries) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

void open(soci::session& sql, StoreLocation const& location, CutOff&) {
    // Only what does not read the file: SOCI forgets to close a connection that fails while it is made.
    sql.open(soci::sqlite3, fmt::format("dbname=\"{}\" timeout=5", location.file.native()));
    sql << "PRAGMA synchronous = FULL";
    sql << "PRAGMA foreign_keys = ON";
    if (write_ahead_log(sql) != "wal") throw std::runtime_error("it cannot use a write-ahead log there");
}

std::string problem() {
    try {
        throw;
    } catch (soci::sqlite3_soci_error const& error) {
        return sqlite_api::sqlite3_errstr(error.result());
    } catch (soci::soci_error const&) {
        return "the database does not answer as expected";
    } catch (std::exception const& error) {
        return error.what();
    }
}

// The row of a table is there only once something was added to it.
void raise_last_user_id(soci::session& sql, long long id) {
    sql << "INSERT INTO sqlite_sequence (name, seq) SELECT 'users', 0"
           " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'users')";
    sql << "UPDATE sqlite_sequence SET seq = MAX(seq, :id) WHERE name = 'users'", soci::use(id);
}

constexpr Dialect dialect{
    .open = open,
    .alive = [](soci::session&) { return true; },
    .problem = problem,
    .passes = [] { return false; },
    .descriptor = [](soci::session&) { return -1; },
    .listen = [](soci::session&) {},
    .drain = [](soci::session&) { return false; },
    .raise_last_user_id = raise_last_user_id,
    .begin = "BEGIN IMMEDIATE",  // SOCI's own waits for the lock only when something is written: too late to wait
    .begin_migration = "BEGIN IMMEDIATE",
    .begin_import = "BEGIN IMMEDIATE",
    .count_tables = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = :name",
    .newest_change = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)",
    .last_user_id = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'users'), 0)",
    .migrations = migrations,
};

}  // namespace

Dialect const& sqlite_dialect() noexcept { return dialect; }

}  // namespace tollgate::auth
