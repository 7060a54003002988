#include "proxy/retained_body.hpp"

#include <algorithm>
#include <cstring>

namespace tollgate::proxy {

void RetainedBody::keep(std::string_view piece) {
    if (state_ == State::given_up) return;
    state_ = State::kept;
    if (piece.size() > most_bytes - kept_.size()) return give_up();
    while (!piece.empty()) {
        auto const room = kept_.prepare(most_bytes);
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
