#include "net/race.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tollgate::net {

Result<Descriptor> open_socket(Endpoint const& endpoint) {
    Descriptor opened(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (opened) return opened;
    bool const exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return failure(exhausted ? errc::too_many_connections : errc::upstream_refused);
}

Result<bool> connect_step(int descriptor, Endpoint const& endpoint) {
    auto const size = static_cast<socklen_t>(endpoint.size());
    if (::connect(descriptor, endpoint.data(), size) == 0 || errno == EISCONN) return true;
    if (errno == EINPROGRESS || errno == EALREADY) return false;
    return failure(errc::upstream_refused);
}

Race::Race(EventLoop& loop, std::span<Endpoint const> endpoints)
    : loop_(loop), left_(endpoints.first(std::min(endpoints.size(), most_attempts))), bell_(loop) {}

Task<Result<Descriptor>> Race::run(Timeout timeout) {
    auto const until = timeout ? std::chrono::steady_clock::now() + *timeout : steady_time::max();
    while (ended_ == errc{}) {
        rung_ = false;
        if (auto won = look()) co_return std::move(*won);
        auto const now = std::chrono::steady_clock::now();
        if (now >= until) co_return failure(errc::timed_out);
        if (left_.empty() && attempts_.empty()) co_return failure(failed_);
        if (!left_.empty() && now >= next_begins_) {
            begin_next();
            continue;
        }
        auto const next = left_.empty() ? until : std::min(until, next_begins_);
        auto const pause = std::chrono::ceil<std::chrono::milliseconds>(next - now);
        if (!rung_) (void)co_await bell_.wait(next == steady_time::max() ? Timeout() : pause);
    }
    co_return failure(ended_);
}

void Race::begin_next() {
    auto const& endpoint = left_.front();
    left_ = left_.subspan(1);
    auto opened = open_socket(endpoint);
    if (!opened) {
        failed_ = errc_of(opened.error(), errc::upstream_refused);
        next_begins_ = steady_time::min();
        return;
    }
    attempts_.push_back(std::make_unique<Attempt>(*this, std::move(*opened), &endpoint));
    next_begins_ = std::chrono::steady_clock::now() + head_start;
}

// The socket that is connected by now. Attempts that have failed go, and then the next one need not wait.
std::optional<Descriptor> Race::look() {
    for (auto at = attempts_.begin(); at != attempts_.end();) {
        auto& attempt = **at;
        auto const connected = connect_step(attempt.descriptor.get(), *attempt.endpoint);
        if (!attempt.known) attempt.known = loop_.add(attempt.descriptor.get(), attempt);
        if (connected && *connected && attempt.known) return std::move(attempt.descriptor);
        if (connected && attempt.known) {
            ++at;
            continue;
        }
        failed_ = connected ? errc::too_many_connections : errc_of(connected.error(), errc::upstream_refused);
        next_begins_ = steady_time::min();
        at = attempts_.erase(at);
    }
    return std::nullopt;
}

void Race::ring() noexcept {
    rung_ = true;
    bell_.wake();
}

void Race::end(errc why) {
    if (ended_ == errc{}) ended_ = why;
    ring();
}

}  // namespace tollgate::net
