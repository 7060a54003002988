// A connected socket that never blocks, with the book that is kept about whether it may have something to read, or room
// to write: what the kernel says of it (net/event_loop) and what became of the calls since then. A wait that the book
// makes needless is not begun; one that it lets begin will end, since what happens after a call that came to nothing is
// told of anew.
#pragma once

#include "base/descriptor.hpp"

#include <sys/epoll.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>

namespace tollgate::net {

class Socket {
public:
    Socket() = default;
    explicit Socket(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}

    [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }
    void close() noexcept { descriptor_ = {}; }

    void note(std::uint32_t events) noexcept {
        bool const failed = (events & (EPOLLERR | EPOLLHUP)) != 0;
        ended_ = ended_ || failed || (events & EPOLLRDHUP) != 0;
        readable_ = readable_ || ended_ || (events & EPOLLIN) != 0;
        writable_ = writable_ || failed || (events & EPOLLOUT) != 0;
    }

    // As recv(2) and sendmsg(2) without SIGPIPE, but for EINTR, which is not seen.
    [[nodiscard]] ssize_t receive(std::span<char> into, int flags = 0) noexcept;
    [[nodiscard]] ssize_t send(std::span<iovec const> pieces) noexcept;

    [[nodiscard]] bool may_be_readable() const noexcept { return readable_; }
    [[nodiscard]] bool may_be_writable() const noexcept { return writable_; }

    // The peer will say no more: what it has said may still have to be read.
    [[nodiscard]] bool has_ended() const noexcept { return ended_; }

    // Looks (a system call) whether the peer has said something that is not read, or ended. Keeps the book.
    [[nodiscard]] bool is_quiet() noexcept;

    // Reading, or writing, came to nothing, or to less than was asked for: the kernel tells when there is more. (Of
    // what comes behind TCP's urgent data it does not; nobody sends such who wants to be heard.)
    void was_emptied() noexcept { readable_ = ended_; }
    void was_filled() noexcept { writable_ = false; }

private:
    Descriptor descriptor_;
    bool readable_ = false;
    bool writable_ = false;
    bool ended_ = false;
};

}  // namespace tollgate::net
