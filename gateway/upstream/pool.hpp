// The idle connections of one worker to one server, the freshest used first. A connection that the service closes, or
// that says something unasked, is dropped at once, and so is one that has been idle too long or is too old: a name that
// has moved, or a balancer in between, gets its connections anew. Not thread-safe; the worker outlives it.
#pragma once

#include "net/deadline.hpp"
#include "settings/settings.hpp"
#include "upstream/connection.hpp"

#include <cstddef>
#include <cstdint>
#include <list>

namespace tollgate::upstream {

class Pool {
public:
    Pool(net::Worker& worker, settings::Connections const& rules) noexcept : worker_(worker), rules_(rules) {}
    Pool(Pool const&) = delete;
    Pool& operator=(Pool const&) = delete;
    ~Pool() = default;

    // An idle connection, marked as reused, of which nothing was heard since it is idle; null when there is none.
    [[nodiscard]] ConnectionPtr take();

    // Keeps a connection on which both messages ended and nothing is left in the buffer; closes it when there are
    // enough, when it is too old, and when it was interrupted.
    void keep(ConnectionPtr connection);

    [[nodiscard]] std::size_t size() const noexcept { return rested_.size() + fresh_.size(); }

private:
    struct Idle {
        explicit Idle(Pool& pool) : too_old([this, &pool] { pool.drop(*this); }) {}
        ConnectionPtr connection;
        std::uint64_t since = 0;  // the turn of the loop
        net::Deadline too_old;
        std::list<Idle>::iterator place;
    };
    using Places = std::list<Idle>;

    void settle();
    [[nodiscard]] ConnectionPtr vacate(Places& from, Places::iterator place);
    void drop(Idle& idle);

    net::Worker& worker_;
    settings::Connections rules_;
    Places rested_;           // of which the loop has been told everything since they are idle; the freshest at the end
    Places fresh_;            // kept in this turn
    std::uint64_t turn_ = 0;  // which that is
    Places spare_;            // without a connection, for the next ones
};

}  // namespace tollgate::upstream
