// Writes the access lines of all workers to one descriptor, from a thread of its own, so that a reader that blocks
// blocks no request. Each worker has a bounded buffer; when it is full the newest lines are dropped and counted.
// Lines stay whole; one that was cut off by a full disk spoils no other one.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace tollgate::proxy {

class LogWriter {
public:
    static constexpr std::size_t buffer_bytes = 1024 * 1024;    // per worker
    static constexpr std::chrono::milliseconds most_delay{50};  // of a line, while the descriptor takes what is written
    static constexpr std::chrono::seconds last_words{1};        // given to a blocked descriptor at the end

    // `descriptor` stays the caller's and outlives the writer.
    LogWriter(int descriptor, unsigned workers);
    LogWriter(LogWriter const&) = delete;
    LogWriter& operator=(LogWriter const&) = delete;
    ~LogWriter();  // stop()

    // Takes a copy of `lines`, each of which ends in a newline. Called by `worker` alone.
    void push(unsigned worker, std::string_view lines);

    // Writes what is there and ends the thread.
    void stop();

    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

private:
    struct alignas(64) Pending {
        std::mutex lock;  // guards lines: held by the worker to append, by the writer to swap
        std::string lines;
        std::string taken;  // the writer's: lines and it change places, so that neither has to grow again
    };

    void run();
    bool collect(std::string& batch);  // false when there was nothing
    void write(std::string_view batch);
    [[nodiscard]] ssize_t write_some(std::string_view batch);
    [[nodiscard]] ssize_t write_by_exception(std::string_view batch) const;
    [[nodiscard]] bool wait_writable() const;
    void drop(std::string_view batch) noexcept;  // counts the lines that are not written, or only in part

    // The descriptor is not ours, so it may be one that blocks, and nobody may change that.
    enum class Way {
        at_will,       // a file blocks nobody for long
        by_exception,  // it is asked not to, for once (RWF_NOWAIT)
        piecewise,     // so much as a pipe takes in one piece, once it can be written to
    };

    int descriptor_;
    Way way_;
    char last_written_ = '\n';  // the thread's; anything else: a line was cut off
    std::vector<std::unique_ptr<Pending>> pending_;
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<bool> writer_sleeps_{false};
    std::mutex wake_lock_;  // guards stopping_, and the writer's sleep
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace tollgate::proxy
