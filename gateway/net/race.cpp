#include "net/race.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tollgate::net {
namespace {

// Whether a socket could not be made for want of descriptors or memory.
bool is_exhaustion(boost::system::error_code failed) noexcept {
    using namespace boost::system::errc;
    return failed == too_many_files_open || failed == too_many_files_open_in_system || failed == no_buffer_space ||
           failed == not_enough_memory;
}

}  // namespace

Result<Race::Socket> open_socket(Worker& worker, Race::Endpoint const& endpoint) {
    Race::Socket socket(worker.context());
    boost::system::error_code failed;
    socket.open(endpoint.protocol(), failed);
    if (!failed) socket.native_non_blocking(true, failed);
    if (failed) return failure(is_exhaustion(failed) ? errc::too_many_connections : errc::upstream_refused);
    return socket;
}

Result<bool> connect_step(Race::Socket& socket, Race::Endpoint const& endpoint) {
    auto const size = static_cast<socklen_t>(endpoint.size());
    if (::connect(socket.native_handle(), endpoint.data(), size) == 0 || errno == EISCONN) return true;
    if (errno == EINPROGRESS || errno == EALREADY) return false;
    return failure(errc::upstream_refused);
}

// What wakes the race: an attempt about which something is known, or end().
struct Race::Bell {
    explicit Bell(Worker& worker) : timer(worker.context()) {}
    void ring() {
        rung = true;
        timer.cancel();
    }
    asio::steady_timer timer;
    bool rung = false;
};

Race::Race(Worker& worker, std::span<Endpoint const> endpoints)
    : worker_(worker),
      left_(endpoints.first(std::min(endpoints.size(), most_attempts))),
      bell_(std::make_shared<Bell>(worker)) {}

Race::~Race() {
    boost::system::error_code ignored;  // the descriptor is released whatever close() reports
    for (auto const& attempt : attempts_) attempt->socket.close(ignored);
}

asio::awaitable<Result<Race::Socket>> Race::run(std::optional<std::chrono::milliseconds> timeout) {
    auto const until = timeout ? Worker::now() + *timeout : steady_time::max();
    while (ended_ == errc{}) {
        if (auto won = look()) co_return std::move(*won);
        auto const now = Worker::now();
        if (now >= until) co_return failure(errc::timed_out);
        if (left_.empty() && attempts_.empty()) co_return failure(failed_);
        if (!left_.empty() && now >= next_begins_) {
            begin_next();
            continue;
        }
        co_await wait_until(left_.empty() ? until : std::min(until, next_begins_));
    }
    co_return failure(ended_);
}

void Race::begin_next() {
    auto const& endpoint = left_.front();
    left_ = left_.subspan(1);
    auto socket = open_socket(worker_, endpoint);
    if (!socket) {
        failed_ = errc_of(socket.error(), errc::upstream_refused);
        next_begins_ = steady_time::min();
        return;
    }
    attempts_.push_back(std::make_shared<Attempt>(std::move(*socket), &endpoint));
    next_begins_ = Worker::now() + head_start;
}

// The socket that is connected by now. Attempts that have failed go, and then the next one need not wait.
std::optional<Race::Socket> Race::look() {
    for (auto at = attempts_.begin(); at != attempts_.end();) {
        auto& attempt = **at;
        auto const connected = connect_step(attempt.socket, *attempt.endpoint);
        if (connected && *connected) return std::move(attempt.socket);
        if (!connected) {
            boost::system::error_code ignored;
            attempt.socket.close(ignored);
            failed_ = errc_of(connected.error(), errc::upstream_refused);
            next_begins_ = steady_time::min();
            at = attempts_.erase(at);
            continue;
        }
        wait_for(*at);
        ++at;
    }
    return std::nullopt;
}

void Race::wait_for(std::shared_ptr<Attempt> const& attempt) {
    if (std::exchange(attempt->waiting, true)) return;
    attempt->socket.async_wait(Socket::wait_write, [bell = bell_, attempt](boost::system::error_code) {
        attempt->waiting = false;
        bell->ring();
    });
}

asio::awaitable<void> Race::wait_until(steady_time when) {
    if (!bell_->rung) {
        bell_->timer.expires_at(when);
        (void)co_await bell_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    bell_->rung = false;
}

void Race::end(errc why) {
    if (ended_ == errc{}) ended_ = why;
    bell_->ring();
}

}  // namespace tollgate::net
