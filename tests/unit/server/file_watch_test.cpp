#include "server/file_watch.hpp"

#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using tollgate::server::look_at;
using tollgate::testing::TempFolder;
namespace fs = std::filesystem;

TEST_CASE("a file looks like another when it was written, replaced, removed, or only made readable") {
    TempFolder const folder;
    auto const file = folder.write("one", "text").string();
    auto seen = look_at({file});
    CHECK(look_at({file}) == seen);
    auto const changed = [&] { return look_at({file}) != std::exchange(seen, look_at({file})); };
    folder.write("one", "other text");
    CHECK(changed());
    fs::rename(folder.write("two", "other text"), file);
    CHECK(changed());
    fs::permissions(file, fs::perms::none);
    CHECK(changed());
    fs::permissions(file, fs::perms::owner_read);
    CHECK(changed());
    fs::remove(file);
    CHECK(changed());
    CHECK_FALSE(changed());
}
