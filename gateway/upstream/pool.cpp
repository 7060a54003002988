#include "upstream/pool.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace tollgate::upstream {

// What was kept in a turn that is over has been told of since.
void Pool::settle() {
    auto const now = worker_.loop().number();
    if (now != std::exchange(turn_, now)) rested_.splice(rested_.end(), fresh_);
}

ConnectionPtr Pool::vacate(Places& from, Places::iterator place) {
    place->too_old.disarm();
    place->connection->stream->unwatch();
    spare_.splice(spare_.end(), from, place);
    return std::move(place->connection);
}

// The end of a connection, or what it says unasked, may have come in the same turn of the loop as the request: then its
// watch is yet to be called, and bytes that wait here already would be taken for the answer. What the service says
// right behind its answer shows in the next turn; who is in a hurry looks for it.
ConnectionPtr Pool::take() {
    settle();
    for (auto* const from : {&rested_, &fresh_}) {
        while (!from->empty()) {
            auto connection = vacate(*from, std::prev(from->end()));
            auto& stream = *connection->stream;
            if (from == &rested_ ? !stream.is_quiet() : !stream.is_quiet_now()) continue;
            connection->reused = true;
            return connection;
        }
    }
    return nullptr;
}

void Pool::keep(ConnectionPtr connection) {
    settle();
    if (size() >= rules_.max_idle || connection->stream->interrupted()) return;
    auto left = rules_.idle;
    if (rules_.age) {
        auto const age =
            std::chrono::duration_cast<std::chrono::milliseconds>(worker_.turn_began() - connection->opened);
        left = std::min(left, *rules_.age - age);
    }
    if (left.count() <= 0) return;
    connection->buffer.release_if_empty();
    if (spare_.empty()) spare_.emplace_back(*this);
    fresh_.splice(fresh_.end(), spare_, spare_.begin());
    auto& idle = fresh_.back();
    idle.place = std::prev(fresh_.end());
    idle.since = turn_;
    idle.connection = std::move(connection);
    idle.connection->stream->watch(net::Stream::OnBytes::gone, [this, &idle] { drop(idle); });
    worker_.arm(idle.too_old, left);
}

// Called from a callback that belongs to the connection: it dies once that has returned.
void Pool::drop(Idle& idle) {
    settle();
    worker_.post([dropped = vacate(idle.since == turn_ ? fresh_ : rested_, idle.place)] {});
}

}  // namespace tollgate::upstream
