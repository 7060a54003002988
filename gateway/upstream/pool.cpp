#include "upstream/pool.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace tollgate::upstream {
namespace {

constexpr int most_looks_for_heard_of = 16;

}  // namespace

// The freshest of those of which the loop has been told everything since they are idle; when there is none among the
// last few, the freshest of all.
Pool::Places::iterator Pool::best() {
    auto place = idle_.end();
    for (int looks = 0; looks < most_looks_for_heard_of && place != idle_.begin(); ++looks) {
        --place;
        if (place->since < worker_.loop().number()) return place;
    }
    return std::prev(idle_.end());
}

ConnectionPtr Pool::empty(Places::iterator place) {
    place->too_old.disarm();
    place->connection->stream->unwatch();
    spare_.splice(spare_.end(), idle_, place);
    return std::move(place->connection);
}

// The end of a connection, or what it says unasked, may have come in the same turn of the loop as the request: then its
// watch is yet to be called, and bytes that wait here already would be taken for the answer. What the service says right
// behind its answer shows in the next turn; who is in a hurry looks for it.
ConnectionPtr Pool::take() {
    while (!idle_.empty()) {
        auto const place = best();
        bool const heard_of = place->since < worker_.loop().number();
        auto connection = empty(place);
        auto& stream = *connection->stream;
        if (heard_of ? !stream.is_quiet() : !stream.is_quiet_now()) continue;
        connection->reused = true;
        return connection;
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
    if (spare_.empty()) spare_.emplace_back(*this);
    idle_.splice(idle_.end(), spare_, spare_.begin());
    auto& idle = idle_.back();
    idle.place = std::prev(idle_.end());
    idle.since = worker_.loop().number();
    idle.connection = std::move(connection);
    idle.connection->stream->watch(net::Stream::OnBytes::gone, [this, &idle] { drop(idle); });
    worker_.arm(idle.too_old, left);
}

// Called from a callback that belongs to the connection: it dies once that has returned.
void Pool::drop(Idle& idle) {
    worker_.post([dropped = empty(idle.place)] {});
}

}  // namespace tollgate::upstream
