#include "net/socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

namespace tollgate::net {

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
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // which serves both directions; sendmsg only reads
    message.msg_iovlen = pieces.size();
    std::size_t all = 0;
    for (auto const& piece : pieces) all += piece.iov_len;
    for (;;) {
        auto const count = ::sendmsg(descriptor_.get(), &message, MSG_NOSIGNAL);
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
