// A client's connection: reads one head after the other and hands each to run_exchange(), until either side has had
// enough. Lives on one worker, owned by its own coroutine, serve().
#pragma once

#include "net/buffer.hpp"
#include "net/connection_limit.hpp"
#include "net/stream.hpp"
#include "proxy/flight.hpp"
#include "proxy/worker_state.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace tollgate::proxy {

class Connection : public LinkedConnection {
public:
    // `peer` is the address of the TCP peer, as text without port.
    Connection(WorkerState& state, net::Socket socket, std::string peer, net::ConnectionLimit::Place place);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    // Serves `connection` until it ends.
    [[nodiscard]] static asio::awaitable<void> serve(std::unique_ptr<Connection> connection);

    [[nodiscard]] WorkerState& state() noexcept { return state_; }
    [[nodiscard]] net::Stream& stream() noexcept { return stream_; }
    [[nodiscard]] net::Buffer& buffer() noexcept { return buffer_; }
    [[nodiscard]] std::string_view peer() const noexcept { return peer_; }

    // The exchange in flight; null between exchanges.
    Flight* flight = nullptr;

    // Ends the wait for a next request. An exchange in flight goes on and closes the connection after it.
    void drain();

private:
    [[nodiscard]] asio::awaitable<Result<std::size_t>> next_head();

    WorkerState& state_;
    net::Stream stream_;
    net::Buffer buffer_;
    std::string peer_;
    net::ConnectionLimit::Place place_;
};

}  // namespace tollgate::proxy
