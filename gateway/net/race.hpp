// Connects to whichever of several addresses answers first (RFC 8305, section 5). Attempts begin one after the other:
// the next one 250 ms after the one before, or at once when one has failed. The first that is connected wins, the
// others are closed. Belongs to one worker; not thread-safe.
#pragma once

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "net/suspension.hpp"
#include "net/task.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tollgate::net {

using Endpoint = boost::asio::generic::stream_protocol::endpoint;

class Race {
public:
    static constexpr std::chrono::milliseconds head_start{250};
    static constexpr std::size_t most_attempts = 8;  // addresses beyond these are not tried

    // `endpoints` outlive the race.
    Race(EventLoop& loop, std::span<Endpoint const> endpoints);
    Race(Race const&) = delete;
    Race& operator=(Race const&) = delete;
    ~Race() = default;

    // The socket that won, which the loop knows. Errors: errc::upstream_refused when every attempt failed,
    // too_many_connections, timed_out, or what end() was called with.
    [[nodiscard]] Task<Result<Descriptor>> run(Timeout timeout);

    void end(errc why);

private:
    struct Attempt final : EventLoop::Source {
        Attempt(Race& of, Descriptor opened, Endpoint const* to)
            : race(of), descriptor(std::move(opened)), endpoint(to) {}
        void note(std::uint32_t) noexcept override { race.ring(); }
        Race& race;
        Descriptor descriptor;
        Endpoint const* endpoint;
        bool known = false;  // to the loop
    };

    void begin_next();
    [[nodiscard]] std::optional<Descriptor> look();
    void ring() noexcept;  // something is known about an attempt

    EventLoop& loop_;
    std::span<Endpoint const> left_;                  // not begun yet
    std::vector<std::unique_ptr<Attempt>> attempts_;  // under way
    steady_time next_begins_ = steady_time::min();
    errc failed_ = errc::upstream_refused;
    errc ended_{};
    bool rung_ = false;
    Suspension bell_;
};

// A socket for `endpoint` that does not block. Errors: errc::too_many_connections when there is no descriptor or memory
// for it; errc::upstream_refused when this machine has no sockets for such an address (IPv6 switched off).
[[nodiscard]] Result<Descriptor> open_socket(Endpoint const& endpoint);

// One step of connecting, which a wait for writing may follow: true when it is done. Error: errc::upstream_refused.
[[nodiscard]] Result<bool> connect_step(int descriptor, Endpoint const& endpoint);

}  // namespace tollgate::net
