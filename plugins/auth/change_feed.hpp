// Learns of changed users, made by other processes too: one thread asks the change log every 250 ms, sooner when the
// store wakes it, and publishes what is new. It also knows for how long the store has been silent. When nobody asks
// about users, and nobody is there who would have to be put out, it may rest: until it is roused it asks nothing.
// Whoever makes it polls once before starting the thread, so that nothing between opening and serving is missed. The
// destructor waits for the question that is under way.
#pragma once

#include "auth/rest.hpp"
#include "auth/store/users.hpp"
#include "base/clock.hpp"
#include "base/wake.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace tollgate::auth {

inline constexpr std::chrono::milliseconds feed_interval{250};
inline constexpr unsigned polls_before_rest = 8;

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

    // Before the start. `look_around` soon rouses rest(), from any thread, if a request is under way that was admitted
    // before it was called; those that come later rouse it themselves.
    void may_rest(std::function<void()> look_around) { look_around_ = std::move(look_around); }
    [[nodiscard]] std::shared_ptr<Rest> const& rest() const noexcept { return rest_; }

    // The thread's step, and when the next one is due: nothing when only a call or a wakeup makes it so. Not while the
    // thread runs.
    Result<void> poll();
    std::optional<std::chrono::milliseconds> turn();
    void start();
    void stop() noexcept;  // the thread ends soon; any thread

    // Since the last successful poll; any thread.
    [[nodiscard]] std::chrono::nanoseconds silence() const noexcept;

private:
    void run();
    [[nodiscard]] bool must_stop_after_waiting(std::optional<std::chrono::milliseconds> most) const;

    Ask ask_;
    Wakeup wakeup_;
    Clock const& clock_;
    Publish publish_;
    std::function<void()> look_around_;  // empty: it never rests
    std::shared_ptr<Rest> rest_ = std::make_shared<Rest>();
    unsigned answers_ = 0;  // since it was asked for the last time
    LogPoint latest_;
    std::atomic<steady_time::rep> last_success_;
    Wake stop_;  // the thread shall end
    std::thread thread_;
};

}  // namespace tollgate::auth
