#include "server/file_events.hpp"

#include <sys/inotify.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

namespace tollgate::server {
namespace {

namespace fs = std::filesystem;

constexpr unsigned most_links = 40;  // as the kernel follows
constexpr std::uint32_t changes =
    IN_ATTRIB | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

// Of whose files nobody else than this machine is in charge (statfs(2)).
bool is_ours(fs::path const& path) {
    constexpr std::array<long, 8> known{
        0xEF53 /* ext */,         0x58465342 /* XFS */, 0x9123683E /* Btrfs */, 0x01021994 /* tmpfs */,
        0x794C7630 /* overlay */, 0x2FC12FC1 /* ZFS */, 0xF2F52010 /* F2FS */,  0xCA451A4E /* bcachefs */};
    struct statfs about{};
    return ::statfs(path.c_str(), &about) == 0 &&
           std::ranges::find(known, static_cast<long>(about.f_type)) != known.end();
}

// The names in `path`, the first at the end.
std::vector<fs::path> names_of(fs::path const& path) {
    std::vector<fs::path> names(path.begin(), path.end());
    std::ranges::reverse(names);
    return names;
}

// Adds all that decides what is found at `file`.
void add_way(fs::path const& file, std::set<fs::path>& way) {
    std::error_code failed;
    auto left = names_of(fs::absolute(file, failed).relative_path());
    fs::path at = "/";
    for (unsigned links = 0; !left.empty();) {
        auto const name = std::move(left.back());
        left.pop_back();
        if (name == "..") at = at.parent_path();
        if (name.empty() || name == "." || name == "..") continue;
        way.insert(at);
        auto next = at / name;
        auto const target = fs::read_symlink(next, failed);
        if (failed) {
            at = std::move(next);
            continue;
        }
        if (++links > most_links) return;
        if (target.is_absolute()) at = "/";
        std::ranges::move(names_of(target.relative_path()), std::back_inserter(left));
    }
    way.insert(at);
}

std::set<fs::path> way_to(std::vector<std::string> const& files) {
    std::set<fs::path> way;
    for (auto const& file : files) add_way(file, way);
    return way;
}

}  // namespace

bool FileEvents::follow(std::vector<std::string> const& files) {
    auto const way = way_to(files);
    inotify_ = net::Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    bool complete = static_cast<bool>(inotify_);
    for (auto const& path : way) {
        std::error_code failed;
        if (!fs::exists(path, failed)) continue;  // its folder tells when it is there
        complete = complete && is_ours(path) && ::inotify_add_watch(inotify_.get(), path.c_str(), changes) >= 0;
    }
    return complete && way_to(files) == way;  // a link that changed meanwhile leads where nobody watches
}

}  // namespace tollgate::server
