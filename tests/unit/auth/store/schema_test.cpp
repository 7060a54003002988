// The store of the first release, made by its own statements, and what becomes of it.
#include "auth/password.hpp"
#include "auth/store/users.hpp"
#include "support/stores.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <memory>
#include <string>

namespace tollgate::schema_test {
using namespace tollgate::auth;
using tollgate::testing::sqlite_store;
using tollgate::testing::TempFolder;

namespace {

constexpr char const* first_release =
    "PRAGMA journal_mode = WAL;"
    "CREATE TABLE schema_version (version INTEGER NOT NULL);"
    "INSERT INTO schema_version VALUES (1);"
    "CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,"
    " password_scheme TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),"
    " created_at INTEGER NOT NULL, token_epoch INTEGER NOT NULL DEFAULT 1,"
    " tokens_changed_at INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE changes (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, kind TEXT NOT NULL,"
    " at INTEGER NOT NULL);"
    "CREATE INDEX changes_at ON changes (at);";
constexpr char const* first_release_adds =
    "INSERT INTO users (email, password_hash, password_scheme, created_at) VALUES ('old@x', 'h', '$2b$12', 1);"
    "INSERT INTO changes (user_id, kind, at) VALUES (last_insert_rowid(), 'added', 1);";

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

Database open_database(std::filesystem::path const& file) {
    sqlite3* opened = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &opened) == SQLITE_OK);
    return {opened, sqlite3_close};
}

// The names of its tables and indices.
std::vector<std::string> made_of(std::filesystem::path const& file) {
    auto const database = open_database(file);
    std::vector<std::string> names;
    auto const take = [](void* into, int, char** values, char**) {
        static_cast<std::vector<std::string>*>(into)->emplace_back(values[0]);
        return 0;
    };
    REQUIRE(sqlite3_exec(database.get(), "SELECT name FROM sqlite_master ORDER BY name", take, &names, nullptr) ==
            SQLITE_OK);
    return names;
}

struct OldStore {
    TempFolder folder;
    StoreLocation location = sqlite_store(folder.path() / "users.db");

    void run(char const* statements) const {
        auto const database = open_database(location.file);
        char* problem = nullptr;
        int const code = sqlite3_exec(database.get(), statements, nullptr, nullptr, &problem);
        INFO(std::string(problem ? problem : ""));
        CHECK(code == SQLITE_OK);
        sqlite3_free(problem);
    }
    OldStore() { run(first_release); }
};

}  // namespace

TEST_CASE_FIXTURE(OldStore, "a store of the first release is brought forward with all that is in it") {
    run(first_release_adds);
    auto const store = std::move(*UserStore::open(location));
    CHECK(store->find_by_email("old@x")->value().password_hash == "h");
    CHECK(store->schemes() == std::vector<std::string>{"$2b$12"});
    run("SELECT step FROM migrations; DROP INDEX users_password_scheme");  // both are there
}

TEST_CASE_FIXTURE(OldStore, "the release before goes on with a store that was brought forward") {
    auto const store = std::move(*UserStore::open(location));
    auto const before = store->changes_after({})->latest;
    run(first_release_adds);
    CHECK(store->changes_after(before)->latest.id == before.id + 1);
    CHECK(store->find_by_email("old@x")->has_value());
    run("SELECT version FROM schema_version WHERE version = 1");
}

TEST_CASE_FIXTURE(OldStore, "a store is brought forward once, and is then as a new one") {
    CHECK(UserStore::open(location));
    CHECK(UserStore::open(location));
    auto const fresh = sqlite_store(folder.path() / "new.db");
    CHECK(UserStore::open(fresh));
    CHECK(made_of(fresh.file) == made_of(location.file));
    run("INSERT INTO migrations VALUES (99)");
    CHECK(UserStore::open(location));  // a later release added something
    run("UPDATE schema_version SET version = 2");
    auto const refused = UserStore::open(location);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().ends_with(": a newer version of this program made it"));
}

}  // namespace tollgate::schema_test
