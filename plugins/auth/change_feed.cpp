#include "auth/change_feed.hpp"

#include <poll.h>

#include <iterator>
#include <utility>

namespace tollgate::auth {

ChangeFeed::ChangeFeed(Ask ask, Wakeup wakeup, Clock const& clock, Publish publish)
    : ask_(std::move(ask)),
      wakeup_(std::move(wakeup)),
      clock_(clock),
      publish_(std::move(publish)),
      last_success_((steady_time::min().time_since_epoch() / 2).count()) {}

ChangeFeed::~ChangeFeed() {
    stop();
    if (thread_.joinable()) thread_.join();
}

Result<void> ChangeFeed::poll() {
    auto const asked_at = clock_.steady_now();
    auto const changes = ask_(latest_);
    if (!changes) {
        rest_->asked(Rest::Outcome::silent);
        return std::unexpected(changes.error());
    }
    latest_ = changes->latest;
    if (changes->everything || !changes->changed.empty()) publish_(*changes);
    last_success_.store(asked_at.time_since_epoch().count(), std::memory_order_release);
    rest_->asked(Rest::Outcome::answered);
    return {};
}

// A rest is announced one interval before it begins. Where there is traffic somebody ends it at once, and nobody is
// looked for.
std::optional<std::chrono::milliseconds> ChangeFeed::turn() {
    bool const answered = poll().has_value();
    if (rest_->is_on()) {
        look_around_();
        return std::nullopt;
    }
    answers_ = answered ? answers_ + 1 : 0;
    if (look_around_ && answers_ >= polls_before_rest) {
        answers_ = 0;
        rest_->begin();
    }
    return feed_interval;
}

void ChangeFeed::stop() noexcept { stop_.wake(); }

void ChangeFeed::start() { thread_ = std::thread(&ChangeFeed::run, this); }

void ChangeFeed::run() {
    // A failure shows as silence, and the store tells the operator.
    for (std::optional wait = feed_interval; !must_stop_after_waiting(wait);) wait = turn();
}

bool ChangeFeed::must_stop_after_waiting(std::optional<std::chrono::milliseconds> most) const {
    pollfd watched[] = {{.fd = stop_.descriptor(), .events = POLLIN, .revents = 0},
                        {.fd = rest_->descriptor(), .events = POLLIN, .revents = 0},
                        {.fd = wakeup_(), .events = POLLIN, .revents = 0}};
    constexpr int without_end = -1;
    (void)::poll(watched, std::size(watched), most ? static_cast<int>(most->count()) : without_end);
    rest_->heard();
    return watched[0].revents != 0;
}

std::chrono::nanoseconds ChangeFeed::silence() const noexcept {
    return clock_.steady_now() - steady_time(steady_time::duration(last_success_.load(std::memory_order_acquire)));
}

}  // namespace tollgate::auth
