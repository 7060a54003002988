#include "upstream/pool.hpp"

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
    if (idle_.size() >= most_connections || connection->stream->interrupted()) return;
    connection->buffer.release_if_empty();
    idle_.push_back(std::make_unique<Idle>(*this, std::move(connection)));
    auto& idle = *idle_.back();
    idle.place = std::prev(idle_.end());
    idle.connection->stream->watch(net::Stream::OnBytes::gone, [this, &idle] { drop(idle); });
    worker_.arm(idle.too_old, most_idle_);
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
