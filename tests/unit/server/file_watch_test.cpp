#include "server/file_watch.hpp"

#include "support/eventually.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <utility>

namespace tollgate::file_watch_test {
using tollgate::server::FileWatch;
using tollgate::server::look_at;
using tollgate::testing::eventually;
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

TEST_CASE("a change that is not taken now is told again; once it is taken, the next one is told") {
    TempFolder const folder;
    auto const file = folder.write("one", "text").string();
    std::atomic<int> told = 0;
    FileWatch watch([&] { return ++told > 1; });
    watch.watch(look_at({file}));
    folder.write("one", "other text");
    CHECK(eventually([&] { return told == 2; }));
    folder.write("one", "yet another text");
    CHECK(eventually([&] { return told == 3; }));
}

TEST_CASE("what is watched from within a change is watched as it was said, not as it was seen before") {
    TempFolder const folder;
    auto const first = folder.write("one", "text").string();
    auto const second = folder.write("two", "text").string();
    auto const stale = look_at({second});
    folder.write("two", "other text");
    std::atomic<int> told = 0;
    FileWatch* self = nullptr;
    FileWatch watch([&] {
        if (++told == 1) self->watch(stale);
        return true;
    });
    self = &watch;
    watch.watch(look_at({first}));
    folder.write("one", "other text");
    CHECK(eventually([&] { return told == 2; }));
}

}  // namespace tollgate::file_watch_test
