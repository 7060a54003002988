// Bodies on their way: a reader that takes decoded pieces out of a connection's buffer as they arrive, and the frame
// that is put around them on the other side. Nothing is collected: what is in one buffer is one piece. Of a body that
// comes fast the pieces are larger, and where nobody has to look at them they never enter the buffer, but a pipe.
#pragma once

#include "http/chunked.hpp"
#include "http/framing.hpp"
#include "net/buffer.hpp"
#include "net/gather.hpp"
#include "net/intake.hpp"
#include "net/pipe.hpp"
#include "net/stream.hpp"
#include "net/task.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate::proxy {

// Reads one body from `stream` through `buffer`, which may hold some of it already and, at the end, what came after it.
class BodyReader {
public:
    // `limit` is the most decoded bytes that are accepted.
    BodyReader(net::Stream& stream, net::Buffer& buffer, http::Framing framing, std::uint64_t limit);

    // Lets pieces grow with the flow (net/intake). Until then none is larger than net::Intake::buffer_bytes.
    void let_grow() noexcept { intake_.let_grow(); }

    // Lets the rest of the body go by pipes of `pipes`, unless it comes in chunks or over TLS: whoever says so looks at
    // none of it and sends it on without a frame, to a peer that speaks no TLS.
    void let_splice(net::PipePool& pipes) noexcept;

    // Decodes what is in the buffer: the next piece of body, empty when more must be read first or the body has ended.
    // It is valid until the next call of take() or fill(). Errors: errc::bad_request_framing, errc::body_too_large.
    [[nodiscard]] Result<std::string_view> take();

    // The piece that fill() got when it came by a pipe; null when it is in the buffer.
    [[nodiscard]] net::Pipe* spliced() noexcept { return intake_.pipe(); }

    // Reads more into the buffer, or a pipe; waits for it at most `gap`, once more at most when the peer wakes it for
    // nothing, and now and again although it is there, so that one fast body does not keep its worker from all others.
    // Errors: those of the stream; errc::end_of_stream when the peer closed early; errc::body_too_large.
    [[nodiscard]] net::Task<Result<void>> fill(net::Timeout gap);

    // Gives up the last piece, so that the buffer holds only what came after it. take() and fill() do it themselves.
    void drop_taken() noexcept;

    void limit(std::uint64_t most_bytes) noexcept { limit_ = most_bytes; }

    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }  // decoded so far

    // What came behind a chunked body: lines, well-formed, not to be believed.
    [[nodiscard]] std::string_view trailers() const noexcept { return chunked_.trailers(); }

private:
    [[nodiscard]] Result<std::string_view> take_chunked();
    [[nodiscard]] Result<std::size_t> read_more();
    [[nodiscard]] std::uint64_t left() const noexcept;

    net::Intake intake_;
    http::Framing framing_;
    std::uint64_t limit_;
    std::uint64_t bytes_ = 0;
    std::size_t taken_ = 0;  // of the buffer, by the last piece
    bool done_;
    http::ChunkedReader chunked_;
};

// The bytes around pieces of body in the framing they are sent with.
class BodyFrame {
public:
    explicit BodyFrame(http::BodyKind kind) noexcept : kind_(kind) {}

    // Adds `piece` in its frame; what is added is valid until the next call.
    void add(net::Gather& gather, std::string_view piece);

    // Adds what ends the body; `trailers` are lines, which only the chunked coding has room for.
    void end(net::Gather& gather, std::string_view trailers = {});

private:
    http::BodyKind kind_;
    std::array<char, 20> size_line_;
};

}  // namespace tollgate::proxy
