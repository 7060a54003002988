#include "proxy/patience.hpp"

#include <algorithm>

namespace tollgate::proxy {

Patience::Patience(steady_time now, std::chrono::milliseconds most,
                   std::optional<std::chrono::milliseconds> comment_interval) noexcept
    : began_(now), commented_(now), look_(now + look_interval) {
    follow(most, comment_interval);
}

void Patience::follow(std::chrono::milliseconds most,
                      std::optional<std::chrono::milliseconds> comment_interval) noexcept {
    end_ = began_ + most;
    comment_ = comment_interval ? commented_ + *comment_interval : steady_time::max();
    comment_interval_ = comment_interval.value_or(std::chrono::milliseconds::zero());
}

Patience::Act Patience::at(steady_time now) noexcept {
    if (now >= end_) return Act::give_up;
    if (now >= comment_) {
        commented_ = now;
        comment_ = now + comment_interval_;
        return Act::comment;
    }
    if (now >= look_) {
        look_ = now + look_interval;
        return Act::look;
    }
    return Act::wait;
}

steady_time Patience::next() const noexcept { return std::min({end_, look_, comment_}); }

}  // namespace tollgate::proxy
