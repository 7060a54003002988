// A listening socket of one worker. Every worker binds the same address (SO_REUSEPORT), and the kernel spreads the
// connections. When descriptors run out, accepting pauses and goes on by itself. Belongs to its worker, but for bind()
// and port().
#pragma once

#include "base/descriptor.hpp"
#include "net/deadline.hpp"
#include "net/event_loop.hpp"
#include "net/worker.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace tollgate::net {

class Listener final : public std::enable_shared_from_this<Listener>, private EventLoop::Source {
public:
    using Accepted = std::function<void(Descriptor connected, std::string peer)>;

    // The endpoint that `address` (a literal, or `*` for all) and `port` stand for, checked to be free: another process
    // may not share it, though SO_REUSEPORT would let it. Port 0 becomes a free one. The error is a sentence without
    // the address.
    [[nodiscard]] static std::expected<asio::ip::tcp::endpoint, std::string> free_endpoint(std::string const& address,
                                                                                           std::uint16_t port);

    [[nodiscard]] static std::expected<std::shared_ptr<Listener>, std::string> bind(
        Worker& worker, asio::ip::tcp::endpoint const& endpoint);

    // Hands each connection, which does not block, to `accepted`, until close().
    void start(Accepted accepted);

    // Hands on whoever has connected, and stops accepting. On the worker's thread.
    void close();

private:
    // Takes one connection a turn, so that many of them do not keep others waiting.
    struct Next final : EventLoop::Item {
        explicit Next(Listener& of) noexcept : listener(of) {}
        void run() override { (void)listener.accept_one(); }
        Listener& listener;
    };

    Listener(Worker& worker, Descriptor listening) : worker_(worker), descriptor_(std::move(listening)) {}
    void note(std::uint32_t events) noexcept override;
    bool accept_one();
    void hand_on(Descriptor connected, std::string peer);
    void hear(std::uint32_t events);

    Worker& worker_;
    Descriptor descriptor_;
    Accepted accepted_;
    Next next_{*this};
    bool paused_ = false;
    Deadline again_{[this] { hear(EPOLLIN); }};
};

}  // namespace tollgate::net
