#include "upstream/pool.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace tollgate::upstream {

Pool::Idle::Idle(Pool& pool, ConnectionPtr kept)
    : connection(std::move(kept)), too_old([this, &pool] { pool.drop(*this); }) {}

// The end of a connection, or what it says unasked, may have come in the same turn of the event loop as the request:
// then its watch is yet to be called, and bytes that wait here already would be taken for the answer.
ConnectionPtr Pool::take() {
    while (!idle_.empty()) {
        auto const freshest = std::move(idle_.back());
        idle_.pop_back();
        auto& stream = *freshest->connection->stream;
        stream.unwatch();
        if (!stream.is_quiet()) continue;
        freshest->connection->reused = true;
        return std::move(freshest->connection);
    }
    return nullptr;
}

void Pool::keep(ConnectionPtr connection) {
    if (idle_.size() >= rules_.max_idle || connection->stream->interrupted()) return;
    auto left = rules_.idle;
    if (rules_.age) {
        auto const age = std::chrono::duration_cast<std::chrono::milliseconds>(net::Worker::now() - connection->opened);
        left = std::min(left, *rules_.age - age);
    }
    if (left.count() <= 0) return;
    connection->buffer.release_if_empty();
    idle_.push_back(std::make_unique<Idle>(*this, std::move(connection)));
    auto& idle = *idle_.back();
    idle.place = std::prev(idle_.end());
    idle.connection->stream->watch(net::Stream::OnBytes::gone, [this, &idle] { drop(idle); });
    worker_.arm(idle.too_old, left);
}

void Pool::drop(Idle& idle) {
    // Called from a callback that belongs to the connection: it dies once that has returned, and nothing may call for it
    // again until then.
    idle.connection->stream->unwatch();
    idle.too_old.disarm();
    auto const place = idle.place;
    worker_.post([dropped = std::move(*place)] {});
    idle_.erase(place);
}

}  // namespace tollgate::upstream
