#include "server/file_events.hpp"

#include <sys/inotify.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

namespace tollgate::server {
namespace {

namespace fs = std::filesystem;

constexpr unsigned most_links = 40;  // as the kernel follows

// What is watched is watched for itself: of a folder's children nothing is asked, however busy they are, but where one
// of them is missing, and above a folder that may be empty. (IN_ATTRIB of a folder would be told of its children too.)
// Of all these masks only that of a folder has IN_ONLYDIR.
constexpr std::uint32_t of_itself = IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t of_folder = of_itself | IN_ONLYDIR;
constexpr std::uint32_t of_symbolic_link = of_itself | IN_ATTRIB;  // that it lost its name too, at once
constexpr std::uint32_t of_file_or_other =
    of_symbolic_link | IN_MODIFY | IN_CLOSE_WRITE;  // the last of what was mapped
constexpr std::uint32_t child_comes = IN_CREATE | IN_MOVED_TO;
constexpr std::uint32_t child_goes = IN_DELETE | IN_MOVED_TO;

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

// All that decides what is found at some files, with the events of each that can make it another. A folder comes before
// what is in it, and is watched first: when it is replaced meanwhile it tells, or what is in the new one is watched.
struct Way {
    std::map<fs::path, std::uint32_t> events;
    bool known = true;  // to its end

    bool operator==(Way const&) const = default;
};

void add_way_to(fs::path const& file, Way& way) {
    std::error_code failed;
    auto left = names_of(fs::absolute(file, failed).relative_path());
    if (failed) way.known = false;
    fs::path at = "/";
    way.events[at] |= of_folder;
    for (unsigned links = 0; !left.empty();) {
        auto const name = std::move(left.back());
        left.pop_back();
        if (name == "..") at = at.parent_path();
        if (name.empty() || name == "." || name == "..") continue;
        auto next = at / name;
        switch (fs::symlink_status(next, failed).type()) {
            case fs::file_type::directory:
                way.events[next] |= of_folder;
                at = std::move(next);
                break;
            case fs::file_type::symlink: {
                way.events[next] |= of_symbolic_link;
                auto const target = fs::read_symlink(next, failed);
                if (failed) way.known = false;
                if (failed || ++links > most_links) return;
                if (target.is_absolute()) at = "/";
                std::ranges::move(names_of(target.relative_path()), std::back_inserter(left));
                break;
            }
            case fs::file_type::not_found: way.events[at] |= child_comes; return;
            case fs::file_type::none: way.known = false; return;  // closed to us, for instance
            default: way.events[next] |= of_file_or_other; return;
        }
    }
}

// An empty folder goes without a word for as long as somebody is in it: the one above it tells.
void add_above_empty_folders(Way& way) {
    for (auto const& [path, events] : way.events) {
        auto const below = way.events.upper_bound(path);
        bool const maybe_empty = below == way.events.end() || below->first.parent_path() != path;
        if (maybe_empty && (events & IN_ONLYDIR) != 0) way.events[path.parent_path()] |= child_goes;
    }
}

Way way_to(std::vector<std::string> const& files) {
    Way way;
    for (auto const& file : files) add_way_to(file, way);
    add_above_empty_folders(way);
    return way;
}

}  // namespace

bool FileEvents::follow(std::vector<std::string> const& files) {
    auto const way = way_to(files);
    inotify_ = Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    bool complete = way.known && inotify_;
    for (auto const& [path, events] : way.events) {
        bool const ours = events == of_symbolic_link || is_ours(path);  // a link is where its folder is
        // One thing may have two names, and has one watch: events are added.
        complete = complete && ours &&
                   ::inotify_add_watch(inotify_.get(), path.c_str(), events | IN_DONT_FOLLOW | IN_MASK_ADD) >= 0;
    }
    return complete && way_to(files) == way;  // a link that changed meanwhile leads where nobody watches
}

}  // namespace tollgate::server
