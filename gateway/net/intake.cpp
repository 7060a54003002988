#include "net/intake.hpp"

#include <algorithm>
#include <cassert>

namespace tollgate::net {

Suspension::Wait Intake::wait(Timeout timeout) {
    assert(!pipe_);
    buffer_.release_if_empty();
    pace_.begin_wait();
    return stream_.readable(timeout);
}

Result<std::size_t> Intake::read(std::uint64_t left) {
    assert(!pipe_);
    auto const count = read_piece(left);
    if (!count) buffer_.release_if_empty();
    return count;
}

Result<std::size_t> Intake::read_piece(std::uint64_t left) {
    bool const fast = pace_.is_fast() && stream_.is_plain();
    if (fast && pipes_ && buffer_.empty() && left >= least_piped_bytes) {
        if (pipe_ = pipes_->take(); pipe_) {
            auto const count = fill_pipe(left);
            if (!pipes_->is_useless()) return count;
            // The system knows no splice(2): nothing has moved, and it goes by the buffer.
        }
    }
    bool const large = fast && may_grow_ && left > BlockPool::block_bytes;
    auto room = large ? buffer_.prepare_large(buffer_bytes) : buffer_.prepare(buffer_bytes);
    // What comes behind would keep the large block for as long as nobody wants it.
    if (large) room = room.first(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left)));
    auto const count = stream_.read_some(room);
    if (!count) return count;
    buffer_.commit(*count);
    pace_.read(*count, room.size());
    return count;
}

Result<std::size_t> Intake::fill_pipe(std::uint64_t left) {
    auto const most = static_cast<std::size_t>(std::min<std::uint64_t>(left, Pipe::most_bytes));
    auto const count = stream_.read_some(*pipe_, most);
    if (!count || *count == 0) pipe_.reset();
    if (count) pace_.moved(*count);
    return count;
}

}  // namespace tollgate::net
