// How the bytes of a connection come, told by how much each read brought: whether there may be more without a wait, and
// whether they come so fast that more should be moved at a time. Pure.
#pragma once

#include <cstddef>

namespace tollgate::net {

class Pace {
public:
    // So much is read without a wait, then whatever else the worker has to do has its turn.
    static constexpr std::size_t most_in_a_row_bytes = 1024 * 1024;

    // A flow is fast after so many reads that filled their room, until one brings less than this.
    static constexpr unsigned full_reads_of_fast = 2;
    static constexpr std::size_t slow_bytes = 16 * 1024;

    // A read brought `count` bytes where there was room for `room`.
    void read(std::size_t count, std::size_t room) noexcept { note(count, count == room); }

    // The same by a pipe, which may take less than there is.
    void moved(std::size_t count) noexcept { note(count, count > 0); }

    // A wait begins now: what was read in a row counts no more.
    void begin_wait() noexcept { in_a_row_bytes_ = 0; }

    // Whether a wait comes before the next read: there is nothing, as far as is known, or others have their turn.
    [[nodiscard]] bool needs_wait() const noexcept { return !may_hold_more_ || in_a_row_bytes_ >= most_in_a_row_bytes; }

    [[nodiscard]] bool is_fast() const noexcept { return full_reads_ >= full_reads_of_fast; }

private:
    void note(std::size_t count, bool full) noexcept {
        in_a_row_bytes_ += count;
        may_hold_more_ = full;
        if (count == 0) return;
        if (count < slow_bytes) full_reads_ = 0;
        else if (full && !is_fast()) ++full_reads_;
    }

    std::size_t in_a_row_bytes_ = 0;  // since the last wait
    unsigned full_reads_ = 0;         // one after the other
    bool may_hold_more_ = false;
};

}  // namespace tollgate::net
