#include "support/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace tollgate::testing {

Socket::Socket(int descriptor) : descriptor_(descriptor) {
    timeval const wait{patience.count(), 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

Socket Socket::connect(std::uint16_t port, char const* to) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (::inet_pton(AF_INET, to, &address.sin_addr) != 1) throw std::runtime_error("not an address");
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("connect failed");
    return socket;
}

Socket::Socket(Socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), pending_(std::move(other.pending_)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(pending_, other.pending_);
    return *this;
}

Socket::~Socket() { close(); }

bool Socket::try_send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

void Socket::send(std::string_view bytes) {
    if (!try_send(bytes)) throw std::runtime_error("send failed");
}

void Socket::send_with_next(std::string_view bytes) {
    if (::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_MORE) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("send failed");
}

void Socket::fill(std::string_view block) {
    constexpr int looks = 20;
    for (int refused = 0; refused < looks;) {
        bool const taken = ::send(descriptor_, block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
        refused = taken ? 0 : refused + 1;
        if (!taken) ::usleep(10'000);
    }
}

bool Socket::receive() {
    char block[16384];
    auto const count = ::recv(descriptor_, block, sizeof block, 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw std::runtime_error("nothing came in time; so far: " + pending_);
    if (count <= 0) return false;
    pending_.append(block, static_cast<std::size_t>(count));
    return true;
}

std::string Socket::read_exactly(std::size_t count) {
    while (pending_.size() < count) {
        if (!receive()) throw std::runtime_error("the peer closed early; so far: " + pending_);
    }
    auto taken = pending_.substr(0, count);
    pending_.erase(0, count);
    return taken;
}

std::string Socket::read_until(std::string_view end) {
    for (;;) {
        if (auto const at = pending_.find(end); at != std::string::npos) return read_exactly(at + end.size());
        if (!receive()) {
            if (pending_.empty()) return {};
            throw std::runtime_error("the peer closed early; so far: " + pending_);
        }
    }
}

std::string Socket::read_head() { return read_until("\r\n\r\n"); }

std::string Socket::read_message() {
    auto message = read_head();
    auto lower = message;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (auto const at = lower.find("\r\ncontent-length: "); at != std::string::npos) {
        message += read_exactly(std::strtoul(lower.c_str() + at + 18, nullptr, 10));
    } else if (lower.find("\r\ntransfer-encoding: chunked") != std::string::npos) {
        for (;;) {
            auto const line = read_until("\r\n");
            auto const size = std::strtoul(line.c_str(), nullptr, 16);
            message += line;
            if (size == 0) break;
            message += read_exactly(size + 2);
        }
        for (std::string line; line != "\r\n"; message += line) line = read_until("\r\n");
    }
    return message;
}

std::string Socket::read_to_end() {
    while (receive()) {
    }
    return std::exchange(pending_, {});
}

bool Socket::ends() { return pending_.empty() && !receive(); }

bool Socket::breaks() {
    char dropped[16384];
    ssize_t count = 0;
    while ((count = ::recv(descriptor_, dropped, sizeof dropped, 0)) > 0) {
    }
    if (count < 0 && errno != ECONNRESET) throw std::runtime_error("the peer neither closed nor reset in time");
    return count < 0;
}

void Socket::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

void Socket::shut_down() { ::shutdown(descriptor_, SHUT_RDWR); }

void Socket::close() {
    if (descriptor_ < 0) return;
    shut_down();  // an origin holds a second descriptor of this socket
    ::close(std::exchange(descriptor_, -1));
}

void Socket::reset() {
    sockaddr nowhere{};
    nowhere.sa_family = AF_UNSPEC;  // dissolves the connection with a reset, whoever else holds a descriptor
    ::connect(descriptor_, &nowhere, sizeof nowhere);
    close();
}

}  // namespace tollgate::testing
