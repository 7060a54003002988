#include "server/new_file.hpp"

#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include <sys/stat.h>

namespace tollgate::new_file_test {
using namespace tollgate::server;
using tollgate::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

std::string content(fs::path const& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

mode_t mode_of(fs::path const& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("a new file has the text and the mode that were asked for") {
    TempFolder const folder;
    auto const file = folder.path() / "new";
    REQUIRE(write_new(file, "text", owner_only));
    CHECK(content(file) == "text");
    CHECK(mode_of(file) == 0600);
}

TEST_CASE("what exists is never written over, a dangling link neither followed") {
    TempFolder const folder;
    auto const file = folder.write("old", "old");
    auto const link = folder.path() / "link";
    fs::create_symlink(folder.path() / "elsewhere", link);
    auto const refused = write_new(file, "new", readable);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == file.string() + " exists already: it is left as it is");
    CHECK(content(file) == "old");
    CHECK_FALSE(write_new(link, "new", readable));
    CHECK_FALSE(fs::exists(folder.path() / "elsewhere"));
}

TEST_CASE("a file that cannot be made says why") {
    TempFolder const folder;
    auto const file = folder.path() / "missing" / "new";
    auto const refused = write_new(file, "text", readable);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == file.string() + ": No such file or directory");
}

TEST_CASE("a file is filled once, and then kept") {
    TempFolder const folder;
    auto const file = folder.path() / "key";
    CHECK(fill_if_empty(file, "first") == Filled::written);
    CHECK(mode_of(file) == 0600);
    CHECK(fill_if_empty(file, "second") == Filled::kept);
    CHECK(content(file) == "first");
}

TEST_CASE("an empty file is filled, and is its owner's alone afterwards") {
    TempFolder const folder;
    auto const file = folder.write("key", "");
    ::chmod(file.c_str(), 0644);
    CHECK(fill_if_empty(file, "first") == Filled::written);
    CHECK(content(file) == "first");
    CHECK(mode_of(file) == 0600);
}

TEST_CASE("neither a link nor a folder nor a pipe is filled") {
    TempFolder const folder;
    auto const target = folder.write("target", "");
    auto const link = folder.path() / "link";
    auto const pipe = folder.path() / "pipe";
    fs::create_symlink(target, link);
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_FALSE(fill_if_empty(link, "text"));
    CHECK_FALSE(fill_if_empty(folder.path(), "text"));
    CHECK_FALSE(fill_if_empty(pipe, "text"));
    CHECK(content(target).empty());
}

}  // namespace tollgate::new_file_test
