// The idle connections of one worker to one upstream, the freshest used first. A connection that the service closes, or
// that says something unasked, is dropped at once; none stays idle for longer than 4 s by default (uvicorn closes after
// 5). Not thread-safe; the worker outlives it.
#pragma once

#include "net/deadline.hpp"
#include "upstream/connection.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>

namespace tollgate::upstream {

class Pool {
public:
    static constexpr std::chrono::milliseconds usual_idle{4000};
    static constexpr std::size_t most_connections = 256;

    explicit Pool(net::Worker& worker, std::chrono::milliseconds most_idle = usual_idle) noexcept
        : worker_(worker), most_idle_(most_idle) {}
    Pool(Pool const&) = delete;
    Pool& operator=(Pool const&) = delete;
    ~Pool() = default;

    // An idle connection, marked as reused; null when there is none.
    [[nodiscard]] ConnectionPtr take();

    // Keeps a connection on which both messages ended and nothing is left in the buffer; closes it when there are
    // enough, and when it was interrupted.
    void keep(ConnectionPtr connection);

    [[nodiscard]] std::size_t size() const noexcept { return idle_.size(); }

private:
    struct Idle {
        Idle(Pool& pool, ConnectionPtr kept);
        ConnectionPtr connection;
        net::Deadline too_old;
        std::list<std::unique_ptr<Idle>>::iterator place;
    };
    void drop(Idle& idle);

    net::Worker& worker_;
    std::chrono::milliseconds most_idle_;
    std::list<std::unique_ptr<Idle>> idle_;  // the freshest at the end
};

}  // namespace tollgate::upstream
