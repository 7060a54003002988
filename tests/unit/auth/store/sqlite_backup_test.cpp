#include "auth/store/sqlite_backup.hpp"

#include "auth/store/users.hpp"
#include "support/stores.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

namespace tollgate::sqlite_backup_test {
using namespace tollgate::auth;
using tollgate::testing::OnSqlite;
using tollgate::testing::sqlite_store;

namespace {

struct Fixture : OnSqlite {
    std::unique_ptr<UserStore> store = std::move(*UserStore::open(location));
    std::filesystem::path copy = folder.path() / "copy.db";
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a store is copied while it is open, into one file for its owner alone") {
    REQUIRE(store->add("a@x", "h", 1));
    REQUIRE(back_up_sqlite(location.file, copy));
    REQUIRE(store->add("b@x", "h", 1));
    struct stat status{};
    REQUIRE(::stat(copy.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK_FALSE(std::filesystem::exists(copy.native() + "-wal"));

    auto const restored = std::move(*UserStore::open(sqlite_store(copy)));
    CHECK(restored->find_by_email("a@x")->has_value());
    CHECK_FALSE(restored->find_by_email("b@x")->has_value());
}

TEST_CASE_FIXTURE(Fixture, "nothing is written over, and a failure leaves nothing behind") {
    folder.write("copy.db", "kept");
    CHECK(back_up_sqlite(location.file, copy).error() == copy.native() + ": File exists");
    CHECK(std::filesystem::file_size(copy) == 4);
    auto const none = folder.path() / "none" / "copy.db";
    CHECK(back_up_sqlite(location.file, none).error().contains("No such file"));
    auto const nothing = back_up_sqlite(folder.path() / "no.db", folder.path() / "other.db");
    CHECK(nothing.error().contains("there is no store"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "other.db"));
    auto const junk = folder.write("junk.db", std::string(8192, 'x'));
    auto const other = folder.path() / "other.db";
    CHECK(back_up_sqlite(junk, other).error() == other.native() + ": file is not a database");
    CHECK_FALSE(std::filesystem::exists(other));
}

}  // namespace tollgate::sqlite_backup_test
