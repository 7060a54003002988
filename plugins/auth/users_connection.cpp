#include "auth/users_connection.hpp"

#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <thread>

namespace tollgate::auth {
namespace {

constexpr int known_version = 1;
constexpr unsigned most_tries = 500;  // of 10 ms

constexpr char const* tables[] = {
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
    // No foreign key: the log outlives the users it tells of.
    "CREATE TABLE changes ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " user_id INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " at INTEGER NOT NULL)",
    "CREATE INDEX changes_at ON changes (at)",
};

bool has_tables(soci::session& sql) {
    int count = 0;
    sql << "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'", soci::into(count);
    return count > 0;
}

void make_tables(soci::session& sql) {
    WriteTransaction transaction(sql);
    if (has_tables(sql)) return;  // another process was faster
    for (auto const* const statement : tables) sql << statement;
    transaction.commit();
}

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

}  // namespace

std::string store_problem() {
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

void open_users(soci::session& sql, std::filesystem::path const& file) {
    // Only what does not read the file: SOCI forgets to close a connection that fails while it is made.
    sql.open(soci::sqlite3, fmt::format("dbname=\"{}\" timeout=5", file.native()));
    sql << "PRAGMA synchronous = FULL";
    sql << "PRAGMA foreign_keys = ON";
    if (write_ahead_log(sql) != "wal") throw std::runtime_error("it cannot use a write-ahead log there");
    if (!has_tables(sql)) make_tables(sql);
    int version = 0;
    sql << "SELECT version FROM schema_version", soci::into(version);
    if (version > known_version) throw std::runtime_error("a newer version of this program made it");
    if (version != known_version) throw std::runtime_error("its version is not known");
}

WriteTransaction::WriteTransaction(soci::session& session) : session_(session) { session_ << "BEGIN IMMEDIATE"; }

WriteTransaction::~WriteTransaction() {
    if (!open_) return;
    try {
        session_ << "ROLLBACK";
    } catch (std::exception const&) {
        // SQLite has rolled back by itself, or the connection is gone: both undo the transaction.
    }
}

void WriteTransaction::commit() {
    session_ << "COMMIT";
    open_ = false;
}

}  // namespace tollgate::auth
