#include "auth/store/sqlite_file.hpp"

#include "support/temp_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace tollgate::sqlite_file_test {
using namespace tollgate::auth;
using tollgate::testing::TempFolder;

TEST_CASE("a new file is readable by its owner alone, an old one is left alone") {
    TempFolder const folder;
    auto const file = folder.path() / "users.db";
    REQUIRE(prepare_sqlite_file(file));
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(status.st_size == 0);

    auto const old = folder.write("old.db", "kept");
    REQUIRE(prepare_sqlite_file(old));
    CHECK(std::filesystem::file_size(old) == 4);
}

TEST_CASE("a folder that is missing, and what is no file, are errors of one line") {
    TempFolder const folder;
    auto const missing = prepare_sqlite_file(folder.path() / "no" / "users.db");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().contains("there is no folder"));
    CHECK_FALSE(missing.error().contains("\n"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "no"));
    CHECK(prepare_sqlite_file(folder.path()).error().contains("no regular file"));
    CHECK_FALSE(prepare_sqlite_file(folder.write("file", "x") / "users.db"));
}

TEST_CASE("network filesystems are known by their numbers") {
    CHECK(network_filesystem(0x6969) == "NFS");
    CHECK(network_filesystem(static_cast<int>(0xff534d42)) == "CIFS");
    CHECK(network_filesystem(0xfe534d42) == "SMB");
    CHECK(network_filesystem(0xef53) == "");      // ext4
    CHECK(network_filesystem(0x01021994) == "");  // tmpfs
}

}  // namespace tollgate::sqlite_file_test
