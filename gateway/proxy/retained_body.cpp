#include "proxy/retained_body.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tollgate::proxy {

void RetainedBody::keep(std::string_view piece) {
    if (state_ == State::given_up) return;
    state_ = State::kept;
    if (kept_.size() + piece.size() > most_bytes) return give_up();
    append(piece);
}

void RetainedBody::hold(std::string_view piece) {
    assert(state_ != State::given_up && !is_large() && piece.size() <= most_bytes);
    state_ = State::kept;
    append(piece);
}

void RetainedBody::append(std::string_view piece) {
    while (!piece.empty()) {
        auto const room = kept_.prepare(2 * most_bytes);
        assert(!room.empty());
        auto const count = std::min(room.size(), piece.size());
        std::memcpy(room.data(), piece.data(), count);
        kept_.commit(count);
        piece.remove_prefix(count);
    }
}

void RetainedBody::give_up() {
    state_ = State::given_up;
    kept_.consume(kept_.size());
    kept_.release_if_empty();
}

}  // namespace tollgate::proxy
