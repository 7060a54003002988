// Learns of changed users, made by other processes too: one thread asks the change log every 250 ms, sooner when the
// store wakes it, and publishes what is new. It also knows for how long the store has been silent. Whoever makes it
// polls once before starting the thread, so that nothing between opening and serving is missed. The destructor waits
// for the question that is under way.
#pragma once

#include "auth/store/users.hpp"
#include "base/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>

namespace tollgate::auth {

inline constexpr std::chrono::milliseconds feed_interval{250};

class ChangeFeed {
public:
    // UserStore::changes_after and ::wakeup, on a connection of the feed's own.
    using Ask = std::function<Result<Changes>(LogPoint const& latest)>;
    using Wakeup = std::function<int()>;
    using Publish = std::function<void(Changes const&)>;

    // `publish` is called by whoever polls, only when something changed, before the success counts. `clock` outlives
    // the feed.
    ChangeFeed(Ask ask, Wakeup wakeup, Clock const& clock, Publish publish);
    ChangeFeed(ChangeFeed const&) = delete;
    ChangeFeed& operator=(ChangeFeed const&) = delete;
    ~ChangeFeed();

    // The thread's step. Not while the thread runs.
    Result<void> poll();
    void start();
    void stop() noexcept;  // the thread ends soon; any thread

    // Since the last successful poll; any thread.
    [[nodiscard]] std::chrono::nanoseconds silence() const noexcept;

private:
    void run();
    [[nodiscard]] bool must_stop_after_waiting() const;

    Ask ask_;
    Wakeup wakeup_;
    Clock const& clock_;
    Publish publish_;
    LogPoint latest_;
    std::atomic<steady_time::rep> last_success_;
    int stop_;  // an eventfd, readable once the thread shall end
    std::thread thread_;
};

}  // namespace tollgate::auth
