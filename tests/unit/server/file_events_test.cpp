#include "server/file_events.hpp"

#include "base/descriptor.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::file_events_test {
using tollgate::Descriptor;
using tollgate::server::FileEvents;
using tollgate::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

bool tells(FileEvents const& events, int within_ms) {
    pollfd told{events.descriptor(), POLLIN, 0};
    return ::poll(&told, 1, within_ms) == 1;
}
constexpr int soon_ms = 20;  // the kernel tells in the call that changes something

// As certbot and Kubernetes lay out what they renew: `name` leads to `file` in a folder that is another one each time.
struct Layout {
    Layout() {
        fs::create_directories(folder.path() / "archive/1");
        fs::create_directories(folder.path() / "archive/2");
        fs::create_directories(folder.path() / "live/site");
        folder.write("archive/1/file", "text");
        folder.write("archive/2/file", "text");
        fs::create_directory_symlink("../../archive/1", at("live/site/..data"));
        fs::create_symlink("..data/file", name);
        fs::create_hard_link(at("archive/1/file"), at("archive/same"));
        fs::create_symlink("archive/2/file", at("next"));
    }
    [[nodiscard]] fs::path at(char const* below) const { return folder.path() / below; }
    [[nodiscard]] Descriptor open(char const* below) const {
        return Descriptor(::open(at(below).c_str(), O_RDONLY | O_CLOEXEC));
    }
    void exchange(char const* one, char const* other) const {
        CHECK(::renameat2(AT_FDCWD, at(one).c_str(), AT_FDCWD, at(other).c_str(), RENAME_EXCHANGE) == 0);
    }
    // As Kubernetes does.
    void switch_data() const {
        fs::create_directory_symlink("../../archive/2", at("live/site/..data_tmp"));
        fs::rename(at("live/site/..data_tmp"), at("live/site/..data"));
    }

    TempFolder folder;
    fs::path name = folder.path() / "live/site/name";
};

struct Row {
    std::string what;
    std::function<void(Layout const&)> happens;
};

void write_in_memory(fs::path const& file) {
    Descriptor const opened(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    auto* const text = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, opened.get(), 0);
    REQUIRE(text != MAP_FAILED);
    *static_cast<char*>(text) = 'T';
    CHECK(::munmap(text, 1) == 0);
}

// What others do in a folder without a thought of us.
void be_busy_in(fs::path const& folder) {
    std::ofstream(folder / "one") << "text";
    std::ofstream(folder / "one") << "other text";
    fs::permissions(folder / "one", fs::perms::owner_read);
    fs::create_hard_link(folder / "one", folder / "two");
    fs::rename(folder / "one", folder / "three");
    fs::rename(folder / "two", folder / "three");
    fs::remove(folder / "two");
    fs::remove(folder / "three");
    fs::create_symlink("nothing", folder / "link");
    fs::remove(folder / "link");
    fs::create_directory(folder / "below");
    std::ofstream(folder / "below/one") << "text";
    fs::remove_all(folder / "below");
}

}  // namespace

TEST_CASE("a change is told of wherever it happens on the way to a file") {
    for (auto const& row : {
             Row{"the file is written", [](auto& l) { l.folder.write("archive/1/file", "other"); }},
             Row{"the file is written in memory", [](auto& l) { write_in_memory(l.at("archive/1/file")); }},
             Row{"the file is cut short", [](auto& l) { fs::resize_file(l.at("archive/1/file"), 1); }},
             Row{"the file is written by its other name", [](auto& l) { l.folder.write("archive/same", "other"); }},
             Row{"the file is replaced", [](auto& l) { fs::rename(l.at("archive/2/file"), l.at("archive/1/file")); }},
             Row{"the file changes places", [](auto& l) { l.exchange("archive/2/file", "archive/1/file"); }},
             Row{"the file is replaced by a link", [](auto& l) { fs::rename(l.at("next"), l.at("archive/1/file")); }},
             Row{"the file is moved away", [](auto& l) { fs::rename(l.at("archive/1/file"), l.at("archive/old")); }},
             Row{"the file may be read by others", [](auto& l) { fs::permissions(l.name, fs::perms::all); }},
             Row{"the file is gone", [](auto& l) { fs::remove(l.at("archive/1/file")); }},
             Row{"the file is gone, and there is another",
                 [](auto& l) {
                     fs::remove(l.at("archive/1/file"));
                     l.folder.write("archive/1/file", "other");
                 }},
             Row{"the link of the name is replaced", [](auto& l) { fs::rename(l.at("next"), l.name); }},
             Row{"the link of the name is replaced by a file",
                 [](auto& l) { fs::rename(l.at("archive/2/file"), l.name); }},
             Row{"the link of the name is gone, and there is another",
                 [](auto& l) {
                     fs::remove(l.name);
                     fs::create_symlink("../../archive/2/file", l.name);
                 }},
             Row{"the link of the name changes places", [](auto& l) { l.exchange("next", "live/site/name"); }},
             Row{"the link of a folder is another", [](auto& l) { l.switch_data(); }},
             Row{"the link of a folder is another, and the old folder is gone",
                 [](auto& l) {
                     l.switch_data();
                     fs::remove_all(l.at("archive/1"));
                 }},
             Row{"a folder is another",
                 [](auto& l) {
                     fs::rename(l.at("archive/1"), l.at("archive/3"));
                     fs::rename(l.at("archive/2"), l.at("archive/1"));
                 }},
             Row{"a folder changes places", [](auto& l) { l.exchange("archive/2", "archive/1"); }},
             Row{"a folder is a link",
                 [](auto& l) {
                     fs::rename(l.at("archive/1"), l.at("archive/3"));
                     fs::create_directory_symlink("2", l.at("archive/1"));
                 }},
             Row{"a folder is gone, with all that was in it", [](auto& l) { fs::remove_all(l.at("archive")); }},
             Row{"a folder far above is another", [](auto& l) { fs::rename(l.at("live"), l.at("dead")); }},
         }) {
        CAPTURE(row.what);
        Layout const layout;
        FileEvents events;
        CHECK(events.follow({layout.name.string()}));
        CHECK_FALSE(tells(events, 0));
        row.happens(layout);
        CHECK(tells(events, soon_ms));
    }
}

TEST_CASE("a file or link that goes is told of at once, though somebody has it open") {
    Layout const layout;
    FileEvents events;
    CHECK(events.follow({layout.name.string()}));
    auto const held = layout.open("archive/1/file");
    fs::remove(layout.at("archive/1/file"));
    CHECK(tells(events, soon_ms));
    CHECK(events.follow({layout.name.string()}));
    Descriptor const held_link(::open(layout.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    fs::remove(layout.name);
    CHECK(tells(events, soon_ms));
}

TEST_CASE("nothing is told of what happens beside the way to a file, nor of who reads it") {
    for (auto const& row : {
             Row{"beside the file", [](auto& l) { be_busy_in(l.at("archive/1")); }},
             Row{"beside the link", [](auto& l) { be_busy_in(l.at("live/site")); }},
             Row{"beside a folder that a link leads to", [](auto& l) { be_busy_in(l.at("archive")); }},
             Row{"beside a folder", [](auto& l) { be_busy_in(l.at("live")); }},
             Row{"far above", [](auto& l) { be_busy_in(l.folder.path()); }},
             Row{"farther above than the test's own folder", [](auto&) { TempFolder().write("one", "text"); }},
             Row{"another file is written", [](auto& l) { l.folder.write("archive/2/file", "other"); }},
             Row{"somebody reads",
                 [](auto& l) {
                     std::string text;
                     CHECK(std::getline(std::ifstream(l.name), text));
                     CHECK(fs::read_symlink(l.name) == "..data/file");
                     CHECK(l.open("archive/1"));
                 }},
         }) {
        CAPTURE(row.what);
        Layout const layout;
        FileEvents events;
        CHECK(events.follow({layout.name.string()}));
        row.happens(layout);
        CHECK_FALSE(tells(events, soon_ms));
    }
}

TEST_CASE("what is missing on the way to a file is told of when it is there, step by step") {
    struct Missing {
        std::string what;
        char const* file;
        std::vector<std::function<void(Layout const&)>> steps;
    };
    for (auto const& row : {
             Missing{"a file is written", "archive/later", {[](auto& l) { l.folder.write("archive/later", ""); }}},
             Missing{"a file is moved there", "archive/later", {[](auto& l) {
                         fs::rename(l.at("archive/1/file"), l.at("archive/later"));
                     }}},
             Missing{"a file gets another name", "archive/later", {[](auto& l) {
                         fs::create_hard_link(l.at("archive/1/file"), l.at("archive/later"));
                     }}},
             Missing{"a link, and then its target",
                     "archive/later",
                     {[](auto& l) { fs::create_symlink("../live/target", l.at("archive/later")); },
                      [](auto& l) { l.folder.write("live/target", "text"); }}},
             Missing{"two folders, then the file, then its text",
                     "live/a/b/file",
                     {[](auto& l) { fs::create_directory(l.at("live/a")); },
                      [](auto& l) { fs::create_directory(l.at("live/a/b")); },
                      [](auto& l) { l.folder.write("live/a/b/file", ""); },
                      [](auto& l) { l.folder.write("live/a/b/file", "text"); }}},
             Missing{"a folder with all in it", "live/a/file", {[](auto& l) {
                         fs::rename(l.at("archive/1"), l.at("live/a"));
                     }}},
             Missing{"a folder where a file was",
                     "archive/same/file",
                     {[](auto& l) { fs::remove(l.at("archive/same")); },
                      [](auto& l) { fs::create_directory_symlink("1", l.at("archive/same")); }}},
             Missing{"another folder without it, then the file",
                     "live/site/later",
                     {[](auto& l) {
                          fs::rename(l.at("live/site"), l.at("live/old"));
                          fs::create_directory(l.at("live/site"));
                      },
                      [](auto& l) { l.folder.write("live/site/later", "text"); }}},
         }) {
        CAPTURE(row.what);
        Layout const layout;
        FileEvents events;
        for (auto const& step : row.steps) {
            CHECK(events.follow({layout.at("archive/2/file").string(), layout.at(row.file).string()}));
            step(layout);
            CHECK(tells(events, soon_ms));
        }
    }
}

TEST_CASE("an empty folder that goes is told of at once, though somebody is in it") {
    for (auto const& row : {
             Row{"gone", [](auto& l) { fs::remove(l.at("live/empty")); }},
             Row{"replaced", [](auto& l) { fs::rename(l.at("other"), l.at("live/empty")); }},
         }) {
        CAPTURE(row.what);
        for (std::string const file : {"live/empty/later", "live/empty/../site/name"}) {
            CAPTURE(file);
            Layout const layout;
            fs::create_directory(layout.at("live/empty"));
            fs::create_directory(layout.at("other"));
            auto const held = layout.open("live/empty");
            FileEvents events;
            CHECK(events.follow({layout.at(file.c_str()).string()}));
            row.happens(layout);
            CHECK(tells(events, soon_ms));
        }
    }
}

TEST_CASE("a folder that is in two places by a mount is told of for what is missing in either") {
    std::thread([] {
        Layout const layout;
        auto const live = layout.at("live");
        if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
            MESSAGE("left out: nothing may be mounted here");
            return;
        }
        CHECK(::mount(live.c_str(), layout.at("archive/1").c_str(), nullptr, MS_BIND, nullptr) == 0);
        for (auto const& [there, later] :
             {std::pair{"archive/1/site/name", "live/later"}, {"live/site/name", "archive/1/later"}}) {
            FileEvents events;
            CHECK(events.follow({layout.at(there).string(), layout.at(later).string()}));
            layout.folder.write("live/later", "text");
            CHECK(tells(events, soon_ms));
            fs::remove(layout.at("live/later"));
        }
        CHECK(::umount2(layout.at("archive/1").c_str(), MNT_DETACH) == 0);
    }).join();
}

TEST_CASE("what nobody tells of is said") {
    TempFolder const folder;
    auto const file = folder.write("file", "text").string();
    FileEvents events;
    CHECK(events.descriptor() < 0);
    CHECK(events.follow({file}));
    CHECK_FALSE(events.follow({"/proc/self/status"}));
    CHECK_FALSE(events.follow({file, "/sys/kernel/uevent_seqnum"}));
    CHECK_FALSE(events.follow({file, (folder.path() / std::string(300, 'x')).string()}));
    std::thread([&] {  // which has a working folder and privileges of its own
        CHECK(::unshare(CLONE_FS) == 0);
        auto const gone = folder.path() / "gone";
        fs::create_directory(gone);
        CHECK(::chdir(gone.c_str()) == 0);
        fs::remove(gone);
        CHECK_FALSE(events.follow({"file"}));
        CHECK(events.follow({file}));
        fs::permissions(folder.path(), fs::perms::owner_read);  // its names, not what they stand for
        __user_cap_header_struct self{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
        __user_cap_data_struct const nothing[2]{};
        CHECK(::syscall(SYS_capset, &self, nothing) == 0);
        CHECK_FALSE(events.follow({file}));
    })
        .join();
    fs::permissions(folder.path(), fs::perms::owner_all);
}

}  // namespace tollgate::file_events_test
