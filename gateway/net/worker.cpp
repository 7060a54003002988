#include "net/worker.hpp"

#include "base/metrics.hpp"

#include <algorithm>

namespace tollgate::net {
namespace {

constexpr std::chrono::seconds time_to_run_dry{2};

}  // namespace

Worker::Worker(unsigned index)
    : index_(index), wheel_(now()), running_(context_.get_executor()), wheel_timer_(context_) {}

Worker::~Worker() { stop(); }

void Worker::start() {
    thread_ = std::thread([this] {
        metrics::this_thread_uses_shard(index_);
        context_.run();
        ended_.release();
    });
}

void Worker::stop() {
    if (!thread_.joinable()) return;
    post([this] {
        wheel_timer_.cancel();
        running_.reset();
    });
    if (!ended_.try_acquire_for(time_to_run_dry)) context_.stop();
    thread_.join();
}

void Worker::arm(Deadline& deadline, std::chrono::milliseconds from_now) {
    auto const when = now() + from_now;
    wheel_.arm(deadline, when);
    if (when + DeadlineWheel::tick_length < wheel_due_) turn_wheel_at(when + DeadlineWheel::tick_length);
}

void Worker::turn_wheel_at(steady_time when) {
    wheel_due_ = when;
    wheel_timer_.expires_at(when);
    wheel_timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        wheel_due_ = steady_time::max();
        wheel_.tick(now());
        // Never more often than the wheel's own step, however many deadlines are near.
        if (auto const next = wheel_.next_tick())
            turn_wheel_at(std::min(std::max(*next, now() + DeadlineWheel::tick_length), wheel_due_));
    });
}

}  // namespace tollgate::net
