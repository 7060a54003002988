#include "server/file_watch.hpp"

#include <sys/stat.h>

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

}  // namespace

FileStamps look_at(std::vector<std::string> const& files) {
    FileStamps stamps;
    for (auto const& file : files) stamps.try_emplace(file, look_at(file));
    return stamps;
}

FileWatch::FileWatch(std::function<bool()> changed) : changed_(std::move(changed)), thread_([this] { run(); }) {}

FileWatch::~FileWatch() {
    {
        std::scoped_lock const lock(lock_);
        ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void FileWatch::watch(FileStamps seen) {
    {
        std::scoped_lock const lock(lock_);
        seen_ = std::move(seen);
    }
    wake_.notify_all();
}

void FileWatch::run() {
    std::unique_lock lock(lock_);
    for (;;) {
        wake_.wait(lock, [this] { return ending_ || !seen_.empty(); });
        if (wake_.wait_for(lock, pause, [this] { return ending_; })) return;
        auto const before = seen_;
        auto now = before;
        lock.unlock();
        for (auto& [file, stamp] : now) stamp = look_at(file);
        bool const taken = now == before || changed_();
        lock.lock();
        if (taken && seen_ == before) seen_ = std::move(now);  // unless others are watched by now
    }
}

}  // namespace tollgate::server
