#include "auth/change_feed.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tollgate::auth {

ChangeFeed::ChangeFeed(Ask ask, Wakeup wakeup, Clock const& clock, Publish publish)
    : ask_(std::move(ask)),
      wakeup_(std::move(wakeup)),
      clock_(clock),
      publish_(std::move(publish)),
      last_success_((steady_time::min().time_since_epoch() / 2).count()),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
    if (stop_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

ChangeFeed::~ChangeFeed() {
    stop();
    if (thread_.joinable()) thread_.join();
    ::close(stop_);
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

void ChangeFeed::stop() noexcept { (void)::eventfd_write(stop_, 1); }

void ChangeFeed::start() { thread_ = std::thread(&ChangeFeed::run, this); }

void ChangeFeed::run() {
    while (!must_stop_after_waiting()) {
        [[maybe_unused]] auto const polled = poll();  // a failure shows as silence, and the store tells the operator
    }
}

bool ChangeFeed::must_stop_after_waiting() const {
    pollfd watched[] = {{.fd = stop_, .events = POLLIN, .revents = 0},
                        {.fd = wakeup_(), .events = POLLIN, .revents = 0}};
    (void)::poll(watched, 2, static_cast<int>(feed_interval.count()));  // poll passes over a negative descriptor
    return watched[0].revents != 0;
}

std::chrono::nanoseconds ChangeFeed::silence() const noexcept {
    return clock_.steady_now() - steady_time(steady_time::duration(last_success_.load(std::memory_order_relaxed)));
}

}  // namespace tollgate::auth
