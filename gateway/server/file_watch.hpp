// Files that somebody else replaces while the gateway runs, certificates above all: one thread looks at them (a stat()
// each, which sees through symbolic links, as certbot's and a mounted secret's are) and says when one is another. It
// looks two seconds after the kernel has told that one, or what leads to it, is another; every two seconds where the
// kernel does not tell, and while a change waits to be taken; and once a minute whatever is told, since a folder may be
// mounted over.
#pragma once

#include "base/wake.hpp"
#include "server/file_events.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::server {

// What a file looked like from outside; all zero when there is none.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t changed_seconds = 0;
    std::int64_t changed_nanoseconds = 0;
    std::int64_t status_seconds = 0;  // of its owner, mode and name too: a file may become readable
    std::int64_t status_nanoseconds = 0;

    bool operator==(FileStamp const&) const = default;
};
using FileStamps = std::map<std::string, FileStamp>;

[[nodiscard]] FileStamps look_at(std::vector<std::string> const& files);

class FileWatch {
public:
    static constexpr std::chrono::milliseconds pause{2000};
    static constexpr std::chrono::milliseconds look_anyway{60'000};

    // `changed` is called on the watch's thread, once for each look that found a change, and again at the next look
    // while it says false: not now.
    explicit FileWatch(std::function<bool()> changed);
    FileWatch(FileWatch const&) = delete;
    FileWatch& operator=(FileWatch const&) = delete;
    ~FileWatch();

    // From now on these files, and no others; `seen` is what they looked like when they were read. Thread-safe.
    void watch(FileStamps seen);

private:
    enum class Next { when_wanted, when_told, after_pause };
    void run();
    [[nodiscard]] bool must_end_after_rest(Next next) const;
    [[nodiscard]] Next look();

    std::function<bool()> changed_;
    Wake end_;           // the thread shall end
    Wake news_;          // others are to be watched
    FileEvents events_;  // the thread's
    std::mutex lock_;    // guards seen_
    FileStamps seen_;
    std::thread thread_;
};

}  // namespace tollgate::server
