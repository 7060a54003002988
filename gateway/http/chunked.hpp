// A strict reader of the chunked coding (RFC 9112, section 7.1), fed with whatever bytes have arrived. It decodes in
// place: the data of all chunks in the input are moved together, so that one read becomes one piece of body. It refuses
// what others repair: sizes with signs, spaces or over 16 digits, extensions over a bound or with controls, bare LF or
// CR, a missing CRLF after data, obs-fold in trailers.
#pragma once

#include "base/error.hpp"
#include "http/fields.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::http {

class ChunkedReader {
public:
    struct Step {
        std::size_t consumed = 0;  // bytes of the input that are dealt with
        std::size_t data = 0;      // decoded bytes, now at the front of the input
    };

    // Reads as much of `input` as there is up to the end of the body. Call again with the unconsumed rest and what came
    // after it. Error: errc::bad_request_framing; the reader is of no use then.
    [[nodiscard]] Result<Step> read(std::span<char> input);

    [[nodiscard]] bool done() const noexcept { return state_ == State::done; }

    // The trailer section as it came, without its last empty line; checked to be well-formed fields. For a caller that
    // forwards some of it; otherwise it is dropped.
    [[nodiscard]] std::string_view trailers() const noexcept { return trailers_; }

    static constexpr std::size_t most_extension_bytes = 256;  // per chunk
    static constexpr std::size_t most_trailer_bytes = 8 * 1024;

private:
    enum class State { size, extension, size_lf, data, data_cr, data_lf, trailer, trailer_lf, done, broken };

    // Each takes one byte and says whether it may stand there.
    [[nodiscard]] bool take(char c);
    [[nodiscard]] bool take_size(char c) noexcept;
    [[nodiscard]] bool take_extension(char c) noexcept;
    [[nodiscard]] bool take_trailer(char c);
    [[nodiscard]] bool end_trailer_line();
    [[nodiscard]] bool expect(char c, char wanted, State next) noexcept;
    void begin_chunk() noexcept;

    State state_ = State::size;
    std::uint64_t left_ = 0;  // bytes of the current chunk still to come; the size while it is read
    unsigned digits_ = 0;
    std::size_t extension_bytes_ = 0;
    std::string trailers_;
    std::size_t line_begin_ = 0;  // of the trailer line being read
};

// Writes the line that begins a chunk of `size` bytes, at least one, into `out` (at least 18 bytes) and returns its
// length. After the data comes CRLF.
[[nodiscard]] std::size_t write_chunk_size(std::size_t size, std::span<char> out) noexcept;

inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace tollgate::http
