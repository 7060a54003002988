// A scripted origin on a loopback port: each connection runs the script on a thread of its own, and every head that was
// received is recorded.
#pragma once

#include "support/socket.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct sockaddr;

namespace tollgate::testing {

class Origin {
public:
    // What an origin does with a connection. It may throw: that ends the connection.
    using Script = std::function<void(Origin& origin, Socket& socket)>;

    // How much a client can send before the script reads: a few KiB where that is little, in small segments.
    enum class Room { plenty, little };

    explicit Origin(Script script, Room room = Room::plenty);
    Origin(Script script, std::string const& socket);  // listens at this path instead
    Origin(Origin const&) = delete;
    Origin& operator=(Origin const&) = delete;
    ~Origin();

    // A script that answers every request on a connection with `response`.
    static Script always(std::string response);

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    // Reads one message from `socket` and records it; empty at the end of the connection.
    std::string receive(Socket& socket);

    [[nodiscard]] std::vector<std::string> received() const;
    [[nodiscard]] std::size_t connections() const;

private:
    void listen_at(sockaddr const& address, unsigned size);
    void accept();

    Script script_;
    int listening_;
    std::uint16_t port_ = 0;
    mutable std::mutex lock_;  // guards the three below
    std::vector<std::string> received_;
    std::vector<std::thread> threads_;
    std::vector<int> descriptors_;
    std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with a length and `body`.
std::string ok(std::string_view body);

}  // namespace tollgate::testing
