#include "auth/change_feed.hpp"

#include <utility>

namespace tollgate::auth {

ChangeFeed::ChangeFeed(Ask ask, Clock const& clock, Publish publish)
    : ask_(std::move(ask)),
      clock_(clock),
      publish_(std::move(publish)),
      last_success_((steady_time::min().time_since_epoch() / 2).count()) {}

ChangeFeed::~ChangeFeed() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> ChangeFeed::poll() {
    auto const asked_at = clock_.steady_now();
    auto const changes = ask_(latest_);
    if (!changes) return std::unexpected(changes.error());
    latest_ = changes->latest;
    if (changes->everything || !changes->changed.empty()) publish_(*changes);
    last_success_.store(asked_at.time_since_epoch().count(), std::memory_order_relaxed);
    return {};
}

void ChangeFeed::start() { thread_ = std::thread(&ChangeFeed::run, this); }

void ChangeFeed::run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, feed_interval, [this] { return stopping_; })) {
        lock.unlock();
        [[maybe_unused]] auto const polled = poll();  // a failure shows as silence, and the store tells the operator
        lock.lock();
    }
}

std::chrono::nanoseconds ChangeFeed::silence() const noexcept {
    return clock_.steady_now() - steady_time(steady_time::duration(last_success_.load(std::memory_order_relaxed)));
}

}  // namespace tollgate::auth
