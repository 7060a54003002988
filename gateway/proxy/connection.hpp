// A client's connection: reads one head after the other and hands each to run_exchange(), until either side has had
// enough. Lives on one worker. While it waits for a head it is this object alone, owned by the call that the wait ends
// with; a coroutine begins with the head, and owns it until the next wait.
#pragma once

#include "net/buffer.hpp"
#include "net/connection_limit.hpp"
#include "net/stream.hpp"
#include "net/task.hpp"
#include "net/tls_context.hpp"
#include "proxy/flight.hpp"
#include "proxy/worker_state.hpp"
#include "settings/network.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tollgate::proxy {

// How clients come in at one address. Each worker has its own, and changes it when a configuration or a certificate is
// another; a connection keeps what it came in by.
struct Entrance {
    using Balancers = std::shared_ptr<std::vector<settings::Network> const>;

    std::uint64_t rules = 0;                       // their number; who came in by one that is replaced leaves
    std::shared_ptr<net::TlsContext const> tls{};  // null: plain
    std::optional<std::uint16_t> redirect_port{};  // set: every request is sent there, to https://
    Balancers balancers{};                         // who says first for whom he connects (PROXY protocol); null: nobody
};

// Whether the peer is a balancer that says first for whom it connects.
enum class ProxyHeaderDue { no, yes };

class Connection final : public LinkedConnection {
public:
    // `peer` is the address of the TCP peer, as text without port; after a PROXY header it is the one that this names,
    // and `place`, nobody's until then, becomes his.
    Connection(WorkerState& state, Descriptor connected, std::string peer, net::ConnectionLimit::Place place,
               Entrance entrance = {}, ProxyHeaderDue header = ProxyHeaderDue::no);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    // Serves `connection` until it ends. On its worker's thread.
    static void serve(std::unique_ptr<Connection> connection);

    [[nodiscard]] WorkerState& state() noexcept { return state_; }
    [[nodiscard]] net::Stream& stream() noexcept { return stream_; }
    [[nodiscard]] net::Buffer& buffer() noexcept { return buffer_; }
    [[nodiscard]] std::string_view peer() const noexcept { return peer_; }

    // Whether the peer stands for somebody whom its PROXY header does not name: then nothing that the requests say of
    // their way is the peer's word.
    [[nodiscard]] bool stands_for_unknown() const noexcept { return stands_for_unknown_; }
    [[nodiscard]] Entrance const& entrance() const noexcept { return entrance_; }

    // The exchange in flight; null between exchanges.
    Flight* flight = nullptr;

    // A wait for a next request ends, after a last look; an exchange in flight goes on and closes the connection after
    // it. Whoever has asked nothing yet may still do so, until end_unless_asked().
    void drain();
    [[nodiscard]] bool draining() const noexcept { return draining_; }
    void end_unless_asked();

private:
    // All that came in a turn is read before any of it is looked at.
    struct ReadHead final : net::Suspension::Step {
        explicit ReadHead(Connection& of) noexcept : connection(of) {}
        void take(Result<void> const& ready) noexcept override { connection.read(ready); }
        Connection& connection;
    };

    [[nodiscard]] static net::Task<> begin(std::unique_ptr<Connection> connection);
    static void wait_for_head(std::unique_ptr<Connection> connection);
    static void go_on(std::unique_ptr<Connection> connection) noexcept;
    void read(Result<void> const& ready) noexcept;
    [[nodiscard]] static net::Root exchange(std::unique_ptr<Connection> connection, Result<std::size_t> head_bytes);
    [[nodiscard]] net::Task<bool> introduce();
    [[nodiscard]] bool is_quiet();
    [[nodiscard]] net::Task<bool> hear_of_client(std::chrono::milliseconds patience);
    [[nodiscard]] net::Task<bool> shake_hands(std::chrono::milliseconds patience);
    [[nodiscard]] Result<std::size_t> head_in_buffer();
    [[nodiscard]] Result<std::size_t> read_head(Result<void> const& ready);
    [[nodiscard]] Result<std::chrono::milliseconds> patience();
    void forget_head() noexcept;

    WorkerState& state_;
    net::Worker::Ongoing ongoing_;
    Entrance entrance_;  // outlives the stream, which speaks by its TLS context
    net::Stream stream_;
    net::Buffer buffer_;
    std::string peer_;
    net::ConnectionLimit::Place place_;
    ReadHead step_{*this};
    // Of the wait for a head: when its first bytes were seen; while there are none, when the connection was first woken
    // for nothing. What TLS says to itself must not hold an idle connection for ever.
    steady_time since_{};
    std::size_t scanned_ = 0;            // of the buffer, without the end of a head
    Result<std::size_t> head_bytes_{0};  // what read_head() came to
    bool woken_ = false;                 // in that wait
    bool has_asked_ = false;             // a head was there
    bool draining_;
    bool is_leaving_ = false;  // the last answer has gone, or is on its way
    bool stands_for_unknown_ = false;
    ProxyHeaderDue proxy_header_;
};

}  // namespace tollgate::proxy
