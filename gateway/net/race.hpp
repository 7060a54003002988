// Connects to whichever of several addresses answers first (RFC 8305, section 5). Attempts begin one after the other:
// the next one 250 ms after the one before, or at once when one has failed. The first that is connected wins, the
// others are closed. Belongs to one worker; not thread-safe.
#pragma once

#include "base/error.hpp"
#include "net/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tollgate::net {

class Race {
public:
    using Socket = asio::generic::stream_protocol::socket;
    using Endpoint = asio::generic::stream_protocol::endpoint;

    static constexpr std::chrono::milliseconds head_start{250};
    static constexpr std::size_t most_attempts = 8;  // addresses beyond these are not tried

    // `endpoints` outlive the race.
    Race(Worker& worker, std::span<Endpoint const> endpoints);
    Race(Race const&) = delete;
    Race& operator=(Race const&) = delete;
    ~Race();

    // The socket that won. Errors: errc::upstream_refused when every attempt failed, too_many_connections, timed_out,
    // or what end() was called with.
    [[nodiscard]] asio::awaitable<Result<Socket>> run(std::optional<std::chrono::milliseconds> timeout);

    void end(errc why);

private:
    struct Bell;
    struct Attempt {
        Socket socket;
        Endpoint const* endpoint;
        bool waiting = false;
    };

    void begin_next();
    [[nodiscard]] std::optional<Socket> look();
    void wait_for(std::shared_ptr<Attempt> const& attempt);
    [[nodiscard]] asio::awaitable<void> wait_until(steady_time when);

    Worker& worker_;
    std::span<Endpoint const> left_;                  // not begun yet
    std::vector<std::shared_ptr<Attempt>> attempts_;  // under way; shared with their waits, which may end later
    steady_time next_begins_ = steady_time::min();
    errc failed_ = errc::upstream_refused;
    errc ended_{};
    std::shared_ptr<Bell> bell_;  // shared with the waits too
};

// A socket for `endpoint` that does not block. Errors: errc::too_many_connections when there is no descriptor or memory
// for it; errc::upstream_refused when this machine has no sockets for such an address (IPv6 switched off).
[[nodiscard]] Result<Race::Socket> open_socket(Worker& worker, Race::Endpoint const& endpoint);

// One step of connecting, which a wait for writing may follow: true when it is done. Error: errc::upstream_refused.
[[nodiscard]] Result<bool> connect_step(Race::Socket& socket, Race::Endpoint const& endpoint);

}  // namespace tollgate::net
