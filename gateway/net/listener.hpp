// A listening socket of one worker. Every worker binds the same address (SO_REUSEPORT), and the kernel spreads the
// connections. When descriptors run out, accepting pauses and goes on by itself. Belongs to its worker, but for bind()
// and port().
#pragma once

#include "net/stream.hpp"
#include "net/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace tollgate::net {

class Listener : public std::enable_shared_from_this<Listener> {
public:
    using Accepted = std::function<void(Socket socket, std::string peer)>;

    // The endpoint that `address` (a literal, or `*` for all) and `port` stand for, checked to be free: another process
    // may not share it, though SO_REUSEPORT would let it. Port 0 becomes a free one. The error is a sentence without
    // the address.
    [[nodiscard]] static std::expected<asio::ip::tcp::endpoint, std::string> free_endpoint(std::string const& address,
                                                                                           std::uint16_t port);

    [[nodiscard]] static std::expected<std::shared_ptr<Listener>, std::string> bind(
        Worker& worker, asio::ip::tcp::endpoint const& endpoint);

    // Hands each connection to `accepted`, until close(). The listener must be held by a shared_ptr; its coroutine
    // keeps it.
    void start(Accepted accepted);

    // Stops accepting. On the worker's thread.
    void close();

private:
    explicit Listener(Worker& worker) : worker_(worker), acceptor_(worker.context()) {}
    [[nodiscard]] static asio::awaitable<void> accept_each(std::shared_ptr<Listener> self, Accepted accepted);

    Worker& worker_;
    asio::ip::tcp::acceptor acceptor_;
};

}  // namespace tollgate::net
