#include "net/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace tollgate::net {
namespace {

ssize_t move(int from, int to, std::size_t most) noexcept {
    for (;;) {
        auto const count = ::splice(from, nullptr, to, nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (count >= 0 || errno != EINTR) return count;
    }
}

// What splice() says, as our streams say it.
Result<std::size_t> outcome_of(ssize_t count) {
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0 || errno == EPIPE) return failure(errc::end_of_stream);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    return failure(errc::connection_reset);
}

// What is said of a call that is not to be had, or not between these; nothing has moved then.
bool is_unknown(int error) noexcept {
    return error == ENOSYS || error == EINVAL || error == EPERM || error == EOPNOTSUPP;
}

// Where it may not be made larger it stays as the system made it.
bool is_of_use(int pipe) noexcept {
    if (::fcntl(pipe, F_SETPIPE_SZ, static_cast<int>(Pipe::most_bytes)) >= 0) return true;
    return ::fcntl(pipe, F_GETPIPE_SZ) >= static_cast<int>(Pipe::least_bytes);
}

}  // namespace

Pipe::Pipe(Pipe&& other) noexcept
    : pool_(other.pool_), ends_(std::exchange(other.ends_, {})), held_(std::exchange(other.held_, 0)) {}

Pipe& Pipe::operator=(Pipe&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(ends_, other.ends_);
    std::swap(held_, other.held_);
    return *this;
}

Pipe::~Pipe() {
    if (ends_.out >= 0) pool_->give_back(ends_, empty());
}

// Only into an empty one: of a full one splice() says the same as of a socket that has nothing.
Result<std::size_t> Pipe::take_from(int socket, std::size_t most) {
    assert(empty() && most > 0);
    auto const count = move(socket, ends_.in, most);
    if (count < 0 && is_unknown(errno)) {
        pool_->useless_ = true;
        return 0;
    }
    auto const taken = outcome_of(count);
    held_ = taken.value_or(0);
    return taken;
}

Result<std::size_t> Pipe::give_to(int socket) {
    assert(!empty());
    auto const count = move(ends_.out, socket, held_);
    if (count < 0 && is_unknown(errno)) pool_->useless_ = true;  // what it holds is lost, but nothing more
    auto const given = outcome_of(count);
    held_ -= given.value_or(0);
    return given;
}

PipePool::~PipePool() { close_kept(); }

void PipePool::close_kept() noexcept {
    for (auto const ends : free_) close_both(ends);
    free_.clear();
}

std::optional<Pipe> PipePool::take() {
    if (lent_ == most_lent || useless_) return {};
    auto ends = free_.empty() ? make() : std::optional(free_.back());
    if (!ends) return {};
    if (!free_.empty()) free_.pop_back();
    ++lent_;
    return Pipe(*this, *ends);
}

std::optional<Pipe::Ends> PipePool::make() {
    auto const now = std::chrono::steady_clock::now();
    if (now < asks_again_) return {};
    std::array<int, 2> made{};
    if (::pipe2(made.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
        Pipe::Ends const ends{.out = made[0], .in = made[1]};
        if (is_of_use(ends.in)) return ends;
        close_both(ends);
    }
    asks_again_ = now + after_refusal;
    return {};
}

void PipePool::give_back(Pipe::Ends ends, bool is_empty) noexcept {
    --lent_;
    if (!is_empty || free_.size() == most_kept) return close_both(ends);
    free_.push_back(ends);
    kept_();
}

void PipePool::close_both(Pipe::Ends ends) noexcept {
    ::close(ends.out);
    ::close(ends.in);
}

}  // namespace tollgate::net
