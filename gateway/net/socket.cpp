#include "net/socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>

namespace tollgate::net {
namespace {

// To copy so much costs less than to have the kernel collect it.
constexpr std::size_t most_joined_bytes = 2 * 1024;

// `pieces` as one, in `room` unless there is but one of them; nothing when they are too many.
std::string_view join(std::span<iovec const> pieces, std::size_t all, std::span<char> room) noexcept {
    if (pieces.size() == 1) return {static_cast<char const*>(pieces[0].iov_base), pieces[0].iov_len};
    if (all > room.size()) return {};
    auto* end = room.data();
    for (auto const& piece : pieces) end = std::copy_n(static_cast<char const*>(piece.iov_base), piece.iov_len, end);
    return {room.data(), all};
}

}  // namespace

ssize_t Socket::receive(std::span<char> into, int flags) noexcept {
    for (;;) {
        auto const count = ::recv(descriptor_.get(), into.data(), into.size(), flags);
        if (count < 0 && errno == EINTR) continue;
        bool const looked = (flags & MSG_PEEK) != 0;  // what was seen is still there
        if (count < 0 || (!looked && count < static_cast<ssize_t>(into.size()))) was_emptied();
        else readable_ = true;
        if (count == 0 && !into.empty()) ended_ = readable_ = true;
        return count;
    }
}

ssize_t Socket::send(std::span<iovec const> pieces) noexcept {
    std::size_t all = 0;
    for (auto const& piece : pieces) all += piece.iov_len;
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // which serves both directions; sendmsg only reads
    message.msg_iovlen = pieces.size();
    std::array<char, most_joined_bytes> room;
    auto const joined = join(pieces, all, room);
    for (;;) {
        auto const count = joined.data() ? ::send(descriptor_.get(), joined.data(), joined.size(), MSG_NOSIGNAL)
                                         : ::sendmsg(descriptor_.get(), &message, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < static_cast<ssize_t>(all)) was_filled();
        return count;
    }
}

bool Socket::is_quiet() noexcept {
    pollfd state{descriptor_.get(), POLLIN | POLLRDHUP, 0};
    ::poll(&state, 1, 0);
    if ((state.revents & ~POLLIN) != 0) ended_ = true;
    readable_ = state.revents != 0;
    return !readable_;
}

}  // namespace tollgate::net
