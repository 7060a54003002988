#include "server/file_events.hpp"

#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <poll.h>

#include <filesystem>
#include <functional>
#include <string>

using tollgate::server::FileEvents;
using tollgate::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

bool tells(FileEvents const& events, int within_ms) {
    pollfd told{events.descriptor(), POLLIN, 0};
    return ::poll(&told, 1, within_ms) == 1;
}

// As certbot and Kubernetes lay out what they renew: `name` leads to `file` in a folder that is another one each time.
struct Layout {
    Layout() {
        fs::create_directories(folder.path() / "archive/1");
        fs::create_directories(folder.path() / "archive/2");
        fs::create_directories(folder.path() / "live/site");
        folder.write("archive/1/file", "text");
        folder.write("archive/2/file", "text");
        fs::create_directory_symlink("../../archive/1", folder.path() / "live/site/data");
        fs::create_symlink("data/file", name);
    }
    [[nodiscard]] fs::path at(char const* below) const { return folder.path() / below; }

    TempFolder folder;
    fs::path name = folder.path() / "live/site/name";
};

}  // namespace

TEST_CASE("a change is told of wherever it happens on the way to a file") {
    struct Row {
        char const* what;
        std::function<void(Layout const&)> happens;
    };
    for (auto const& row : {
             Row{"the file is written", [](auto& l) { l.folder.write("archive/1/file", "other"); }},
             Row{"the file is replaced", [](auto& l) { fs::rename(l.at("archive/2/file"), l.at("archive/1/file")); }},
             Row{"the file may be read by others", [](auto& l) { fs::permissions(l.name, fs::perms::all); }},
             Row{"the file is gone", [](auto& l) { fs::remove(l.at("archive/1/file")); }},
             Row{"the link of the name is another",
                 [](auto& l) {
                     fs::create_symlink("../../archive/2/file", l.at("live/site/next"));
                     fs::rename(l.at("live/site/next"), l.name);
                 }},
             Row{"the link of a folder is another",
                 [](auto& l) {
                     fs::create_directory_symlink("../../archive/2", l.at("live/site/next"));
                     fs::rename(l.at("live/site/next"), l.at("live/site/data"));
                 }},
             Row{"a folder is another",
                 [](auto& l) {
                     fs::rename(l.at("archive/1"), l.at("archive/3"));
                     fs::rename(l.at("archive/2"), l.at("archive/1"));
                 }},
             Row{"a folder far above is another", [](auto& l) { fs::rename(l.at("live"), l.at("dead")); }},
         }) {
        CAPTURE(row.what);
        Layout const layout;
        FileEvents events;
        bool still = false;
        for (int tries = 0; tries < 20 && !still; ++tries) {  // others have folders beside ours
            CHECK(events.follow({layout.name.string()}));
            still = !tells(events, 0);
        }
        CHECK(still);
        row.happens(layout);
        CHECK(tells(events, 5000));
    }
}

TEST_CASE("a file that is not there yet is told of, and what nobody tells of is said") {
    TempFolder const folder;
    FileEvents events;
    CHECK(events.descriptor() < 0);
    CHECK(events.follow({(folder.path() / "later").string()}));
    folder.write("later", "text");
    CHECK(tells(events, 5000));
    CHECK_FALSE(events.follow({"/proc/self/status"}));
    CHECK_FALSE(events.follow({(folder.path() / "later").string(), "/sys/kernel/uevent_seqnum"}));
}
