#include "proxy/log_writer.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>

namespace tollgate::proxy {
namespace {

constexpr std::size_t most_at_once = PIPE_BUF;

bool is_file(int descriptor) noexcept {
    struct stat about{};
    return ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

}  // namespace

LogWriter::LogWriter(int descriptor, unsigned workers)
    : descriptor_(descriptor), way_(is_file(descriptor) ? Way::at_will : Way::by_exception) {
    for (unsigned i = 0; i < workers; ++i) pending_.push_back(std::make_unique<Pending>());
    thread_ = std::thread([this] { run(); });
}

LogWriter::~LogWriter() { stop(); }

void LogWriter::push(unsigned worker, std::string_view lines) {
    std::string_view kept = lines;
    {
        auto& pending = *pending_[worker];
        std::scoped_lock const lock(pending.lock);
        auto const room = buffer_bytes - pending.lines.size();
        if (lines.size() > room) kept = lines.substr(0, lines.substr(0, room).rfind('\n') + 1);
        try {
            pending.lines.append(kept);
        } catch (std::bad_alloc const&) {
            kept = {};  // for want of memory lines are lost, and nothing else
        }
    }
    if (kept.size() < lines.size()) drop(lines.substr(kept.size()));
    // The writer looks again by itself soon after it has written; only when it sleeps for good must it be woken, at
    // most once a sleep. It says so before its last look, which takes each lock of `pending`: whoever appends after
    // that look sees that it sleeps.
    if (writer_sleeps_ && writer_sleeps_.exchange(false)) {
        std::scoped_lock const lock(wake_lock_);
        wake_.notify_one();
    }
}

void LogWriter::stop() {
    if (!thread_.joinable()) return;
    {
        std::scoped_lock const lock(wake_lock_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void LogWriter::run() {
    std::string batch;
    for (;;) {
        if (collect(batch)) {
            write(batch);
            std::unique_lock lock(wake_lock_);
            wake_.wait_for(lock, most_delay, [this] { return stopping_; });  // gathers lines: one write for many
            continue;
        }
        std::unique_lock lock(wake_lock_);
        if (stopping_) return;
        writer_sleeps_ = true;
        // A line that came between collect() and here found no sleeper: look once more before sleeping for good.
        lock.unlock();
        if (collect(batch)) {
            writer_sleeps_ = false;
            write(batch);
            continue;
        }
        lock.lock();
        wake_.wait(lock, [this] { return stopping_ || !writer_sleeps_; });
        writer_sleeps_ = false;
    }
}

bool LogWriter::collect(std::string& batch) {
    batch.clear();
    for (auto const& pending : pending_) {
        {
            std::scoped_lock const lock(pending->lock);
            pending->taken.swap(pending->lines);
        }
        batch.append(pending->taken);
        pending->taken.clear();
    }
    if (!batch.empty() && last_written_ != '\n') batch.insert(batch.begin(), '\n');  // a line was cut off: it ends here
    return !batch.empty();
}

void LogWriter::write(std::string_view batch) {
    auto patience_ends = std::chrono::steady_clock::time_point::max();
    while (!batch.empty()) {
        {
            std::scoped_lock const lock(wake_lock_);
            if (stopping_ && patience_ends == std::chrono::steady_clock::time_point::max()) {
                patience_ends = std::chrono::steady_clock::now() + last_words;
            }
        }
        if (std::chrono::steady_clock::now() >= patience_ends) return drop(batch);
        auto const count = write_some(batch);
        if (count > 0) {
            last_written_ = batch[static_cast<std::size_t>(count) - 1];
            batch.remove_prefix(static_cast<std::size_t>(count));
        } else if (count < 0 && errno != EINTR && errno != EAGAIN) {
            return drop(batch);  // the reader is gone, or the disk full: these lines have nowhere to go
        }
    }
}

// Writes what the descriptor takes without a wait, and waits a moment when that is nothing.
ssize_t LogWriter::write_some(std::string_view batch) {
    if (way_ == Way::at_will) return ::write(descriptor_, batch.data(), batch.size());
    if (way_ == Way::by_exception) {
        auto count = write_by_exception(batch);
        if (count < 0 && errno == EAGAIN) {
            if (!wait_writable()) return 0;
            count = write_by_exception(batch);
        }
        if (count >= 0 || errno == EINTR || errno == EPIPE) return count;
        way_ = Way::piecewise;  // it makes none, or says so of something that it would take
    }
    if (!wait_writable()) return 0;
    return ::write(descriptor_, batch.data(), std::min(batch.size(), most_at_once));
}

ssize_t LogWriter::write_by_exception(std::string_view batch) const {
    iovec const piece{const_cast<char*>(batch.data()), batch.size()};  // it is only read
    return ::pwritev2(descriptor_, &piece, 1, -1, RWF_NOWAIT);
}

bool LogWriter::wait_writable() const {
    pollfd ready{descriptor_, POLLOUT, 0};
    return ::poll(&ready, 1, static_cast<int>(most_delay.count())) > 0;
}

void LogWriter::drop(std::string_view batch) noexcept {
    if (batch.starts_with('\n')) batch.remove_prefix(1);  // no line, but the end of one that was counted
    dropped_.fetch_add(static_cast<std::uint64_t>(std::ranges::count(batch, '\n')), std::memory_order_relaxed);
}

}  // namespace tollgate::proxy
