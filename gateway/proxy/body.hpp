// Bodies on their way: a reader that takes decoded pieces out of a connection's buffer as they arrive, and the frame
// that is put around them on the other side. Nothing is collected: what is in one buffer is one piece.
#pragma once

#include "http/chunked.hpp"
#include "http/framing.hpp"
#include "net/buffer.hpp"
#include "net/stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate::proxy {

namespace asio = boost::asio;

// Reads one body from `stream` through `buffer`, which may hold some of it already and, at the end, what came after it.
class BodyReader {
public:
    static constexpr std::size_t buffer_bytes = 64 * 1024;

    // `limit` is the most decoded bytes that are accepted.
    BodyReader(net::Stream& stream, net::Buffer& buffer, http::Framing framing, std::uint64_t limit);

    // Decodes what is in the buffer: the next piece of body, empty when more must be read first or the body has ended.
    // It is valid until the next call of take() or fill(). Errors: errc::bad_request_framing, errc::body_too_large.
    [[nodiscard]] Result<std::string_view> take();

    // Reads more into the buffer; waits for it at most `gap`, once more at most when the peer wakes it for nothing, and
    // now and again although it is there, so that one fast body does not keep its worker from all others. Errors: those
    // of the stream; errc::end_of_stream when the peer closed early.
    [[nodiscard]] asio::awaitable<Result<void>> fill(net::Timeout gap);

    // Gives up the last piece, so that the buffer holds only what came after it. take() and fill() do it themselves.
    void drop_taken() noexcept;

    void limit(std::uint64_t most_bytes) noexcept { limit_ = most_bytes; }

    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }  // decoded so far

    // What came behind a chunked body: lines, well-formed, not to be believed.
    [[nodiscard]] std::string_view trailers() const noexcept { return chunked_.trailers(); }

private:
    [[nodiscard]] Result<std::string_view> take_chunked();

    net::Stream& stream_;
    net::Buffer& buffer_;
    http::Framing framing_;
    std::uint64_t limit_;
    std::uint64_t bytes_ = 0;
    std::size_t taken_ = 0;           // of the buffer, by the last piece
    std::size_t in_a_row_bytes_ = 0;  // read since the last wait
    bool done_;
    bool may_hold_more_ = false;  // the last read filled its room: try again before waiting
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
