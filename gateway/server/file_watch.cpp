#include "server/file_watch.hpp"

#include <poll.h>
#include <sys/stat.h>

#include <iterator>
#include <utility>

namespace tollgate::server {
namespace {

FileStamp look_at(std::string const& file) {
    struct stat found{};
    if (::stat(file.c_str(), &found) != 0) return {};
    return {.device = found.st_dev,
            .inode = found.st_ino,
            .size = found.st_size,
            .changed_seconds = found.st_mtim.tv_sec,
            .changed_nanoseconds = found.st_mtim.tv_nsec,
            .status_seconds = found.st_ctim.tv_sec,
            .status_nanoseconds = found.st_ctim.tv_nsec};
}

std::vector<std::string> names_of(FileStamps const& stamps) {
    std::vector<std::string> names;
    for (auto const& [file, stamp] : stamps) names.push_back(file);
    return names;
}

}  // namespace

FileStamps look_at(std::vector<std::string> const& files) {
    FileStamps stamps;
    for (auto const& file : files) stamps.try_emplace(file, look_at(file));
    return stamps;
}

FileWatch::FileWatch(std::function<bool()> changed) : changed_(std::move(changed)), thread_([this] { run(); }) {}

FileWatch::~FileWatch() {
    end_.wake();
    thread_.join();
}

void FileWatch::watch(FileStamps seen) {
    {
        std::scoped_lock const lock(lock_);
        seen_ = std::move(seen);
    }
    news_.wake();
}

void FileWatch::run() {
    for (auto next = Next::when_wanted; !must_end_after_rest(next);) next = look();
}

// Who writes one file seldom writes no other: so there is a pause in any case.
bool FileWatch::must_end_after_rest(Next next) const {
    pollfd awaited[] = {{.fd = end_.descriptor(), .events = POLLIN, .revents = 0},
                        {.fd = news_.descriptor(), .events = POLLIN, .revents = 0},
                        {.fd = events_.descriptor(), .events = POLLIN, .revents = 0}};
    constexpr int without_end = -1;
    int const most = next == Next::when_told ? static_cast<int>(look_anyway.count()) : without_end;
    if (next != Next::after_pause) (void)::poll(awaited, std::size(awaited), most);
    if (awaited[0].revents == 0) (void)::poll(awaited, 1, static_cast<int>(pause.count()));
    return awaited[0].revents != 0;
}

FileWatch::Next FileWatch::look() {
    news_.heard();
    FileStamps before;
    {
        std::scoped_lock const lock(lock_);
        before = seen_;
    }
    if (before.empty()) {
        events_ = {};
        return Next::when_wanted;
    }
    // First it is said what to tell of: what happens from now on is told, what has happened is seen.
    bool const told = events_.follow(names_of(before));
    auto now = before;
    for (auto& [file, stamp] : now) stamp = look_at(file);
    bool const taken = now == before || changed_();
    std::scoped_lock const lock(lock_);
    if (taken && seen_ == before) seen_ = std::move(now);  // unless others are watched by now
    return taken && told ? Next::when_told : Next::after_pause;
}

}  // namespace tollgate::server
