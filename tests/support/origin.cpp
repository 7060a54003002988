#include "support/origin.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace tollgate::testing {

Origin::Origin(Script script, Room room)
    : script_(std::move(script)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (room == Room::little) {
        int const bytes = 2048;
        int const segment = 536;  // by which the client's side too measures its buffer
        ::setsockopt(listening_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
        ::setsockopt(listening_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listen_at(reinterpret_cast<sockaddr&>(address), sizeof address);
    socklen_t size = sizeof address;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
}

Origin::Origin(Script script, std::string const& socket)
    : script_(std::move(script)), listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    listen_at(reinterpret_cast<sockaddr&>(address), sizeof address);
}

void Origin::listen_at(sockaddr const& address, unsigned size) {
    if (::bind(listening_, &address, size) != 0 || ::listen(listening_, 64) != 0)
        throw std::runtime_error("the origin cannot listen");
    acceptor_ = std::thread([this] { accept(); });
}

Origin::~Origin() {
    ::shutdown(listening_, SHUT_RDWR);
    acceptor_.join();
    ::close(listening_);
    {
        std::scoped_lock const lock(lock_);
        for (int const descriptor : descriptors_) ::shutdown(descriptor, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    for (int const descriptor : descriptors_) ::close(descriptor);
}

void Origin::accept() {
    for (;;) {
        int const descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) return;
        std::scoped_lock const lock(lock_);
        descriptors_.push_back(::dup(descriptor));  // to end the script's waits when the origin dies
        threads_.emplace_back([this, descriptor, watched = descriptors_.back()] {
            Socket socket(descriptor);
            try {
                script_(*this, socket);
            } catch (std::exception const&) {
                // The connection ended in the middle of the script: what the test asserts on tells.
            }
            socket.close();
            ::shutdown(watched, SHUT_RDWR);
        });
    }
}

Origin::Script Origin::always(std::string response) {
    return [response = std::move(response)](Origin& origin, Socket& socket) {
        while (!origin.receive(socket).empty()) socket.send(response);
    };
}

std::string Origin::receive(Socket& socket) {
    auto message = socket.read_message();
    std::scoped_lock const lock(lock_);
    if (!message.empty()) received_.push_back(message);
    return message;
}

std::vector<std::string> Origin::received() const {
    std::scoped_lock const lock(lock_);
    return received_;
}

std::size_t Origin::connections() const {
    std::scoped_lock const lock(lock_);
    return descriptors_.size();
}

std::string ok(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
}

}  // namespace tollgate::testing
