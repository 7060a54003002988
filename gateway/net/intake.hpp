// What one side of a connection says, as it is read: how much is asked for, and into what. What comes fast comes in
// larger pieces, where the reader lets it: into a large block, or into a pipe of the kernel. Blocks and pipes are held
// for a piece that is on its way, never in a wait for the next one, nor behind the last. Not thread-safe.
#pragma once

#include "net/buffer.hpp"
#include "net/pace.hpp"
#include "net/pipe.hpp"
#include "net/stream.hpp"
#include "net/suspension.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace tollgate::net {

// Reads from `stream` into `buffer`, which may hold something already.
class Intake {
public:
    static constexpr std::size_t buffer_bytes = 64 * 1024;
    static constexpr std::uint64_t least_piped_bytes = 64 * 1024;  // a rest that is smaller is not worth a pipe
    static constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();

    Intake(Stream& stream, Buffer& buffer) noexcept : stream_(stream), buffer_(buffer) {}

    // Lets pieces grow with the flow, up to a large block of the worker's. Until then the buffer holds no more than
    // buffer_bytes.
    void let_grow() noexcept { may_grow_ = true; }

    // Lets what comes fast go by pipes of `pipes`, unless it comes over TLS: whoever says so looks at none of it, and
    // sends it to a peer that speaks no TLS.
    void let_splice(PipePool& pipes) noexcept { pipes_ = &pipes; }
    void stop_splicing() noexcept { pipes_ = nullptr; }

    // Whether wait() must come before the next read(): nothing is there, as far as is known, or others have their turn.
    [[nodiscard]] bool needs_wait() const noexcept { return pace_.needs_wait(); }

    // As Stream::readable(). However long it takes, the block goes to somebody else meanwhile.
    [[nodiscard]] Suspension::Wait wait(Timeout timeout);

    // Reads what is there, into the buffer or a pipe: the number of bytes. Not while pipe() holds a piece. `left` is
    // all that is still to come: neither a pipe nor a large block takes more. Errors: those of the stream.
    [[nodiscard]] Result<std::size_t> read(std::uint64_t left = endless);

    // What read() got when it came by a pipe; null when it is in the buffer.
    [[nodiscard]] Pipe* pipe() noexcept { return pipe_ ? &*pipe_ : nullptr; }

    [[nodiscard]] Buffer& buffer() const noexcept { return buffer_; }

    // Gives up the piece: what is in the pipe, and `count` bytes of the buffer.
    void drop(std::size_t count) noexcept {
        pipe_.reset();
        buffer_.consume(count);
    }

private:
    [[nodiscard]] Result<std::size_t> read_piece(std::uint64_t left);
    [[nodiscard]] Result<std::size_t> fill_pipe(std::uint64_t left);

    Stream& stream_;
    Buffer& buffer_;
    PipePool* pipes_ = nullptr;  // null: all goes by the buffer
    std::optional<Pipe> pipe_;   // the last piece
    Pace pace_;
    bool may_grow_ = false;
};

}  // namespace tollgate::net
