// What has been taken of a request's body, kept so that it can be sent again when a server fails in the middle, or at
// all when it was taken before there was a server: at most 64 KiB, and the piece that went beyond, in memory of the
// worker. Until the first call of keep() or hold() nothing is kept and nothing is lost: the piece that came with the
// head still lies where it was received. Not thread-safe.
#pragma once

#include "net/buffer.hpp"

#include <cstddef>
#include <string_view>

namespace tollgate::proxy {

class RetainedBody {
public:
    static constexpr std::size_t most_bytes = 64 * 1024;

    explicit RetainedBody(net::BlockPool& pool) noexcept : kept_(pool) {}

    // Keeps `piece` behind those before it; when that is too much all of it is given up.
    void keep(std::string_view piece);

    // The same, and a piece of at most 64 KiB (net::Intake::buffer_bytes) that makes it too much is kept all the same:
    // before any of it was sent.
    void hold(std::string_view piece);

    // Nobody will want it again: the memory goes back, and nothing is kept from now on.
    void give_up();

    // Whether all that was taken of the body so far can be sent again.
    [[nodiscard]] bool at_hand() const noexcept { return state_ != State::given_up; }

    // Whether it is kept here, as text(), and not where it was received.
    [[nodiscard]] bool is_kept() const noexcept { return state_ == State::kept; }
    [[nodiscard]] std::string_view text() const noexcept { return kept_.text(); }

    // Whether what is kept is too much already.
    [[nodiscard]] bool is_large() const noexcept { return kept_.size() > most_bytes; }

private:
    enum class State { untouched, kept, given_up };
    void append(std::string_view piece);

    net::Buffer kept_;
    State state_ = State::untouched;
};

}  // namespace tollgate::proxy
