// A chunked body and what comes after it. Wherever its bytes are cut, it is read as the same.
#include "http/chunked.hpp"

#include "fuzz/fuzz.hpp"
#include "fuzz/targets.hpp"
#include "http/field_line.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace tollgate::fuzz {
namespace {

struct ChunkedReading {
    bool refused = false;
    bool done = false;
    std::size_t consumed = 0;
    std::string data;
    std::string trailers;

    bool operator==(ChunkedReading const&) const = default;
};

// Reads `input` in pieces of the sizes in `cuts`, one after the other and then from the first again; what is not
// consumed stays in front of what comes next. Data that came in one piece with an error is lost: so it is left out.
ChunkedReading read_in_pieces(std::string_view input, std::string_view cuts) {
    http::ChunkedReader reader;
    ChunkedReading reading;
    std::string pending;
    for (std::size_t turn = 0; !input.empty(); ++turn) {
        auto const size = cuts.empty() ? input.size() : static_cast<unsigned char>(cuts[turn % cuts.size()]) % 32 + 1U;
        pending += input.substr(0, size);
        input.remove_prefix(std::min<std::size_t>(size, input.size()));
        auto const step = reader.read(pending);
        if (!step) {
            require(step.error() == errc::bad_request_framing && !reader.done(), "a refusal says bad_request_framing");
            return {.refused = true};
        }
        require(step->consumed <= pending.size() && step->data <= step->consumed, "no more comes out than went in");
        require(reader.done() || step->consumed == pending.size(), "all is consumed until the body ends");
        reading.data += pending.substr(0, step->data);
        reading.consumed += step->consumed;
        pending.erase(0, step->consumed);
    }
    reading.done = reader.done();
    if (reading.done) reading.trailers = reader.trailers();
    return reading;
}

// As we would write it, in chunks of `size` bytes.
std::string written(std::string_view data, std::size_t size) {
    std::array<char, 18> line;
    std::string text;
    for (; !data.empty(); data.remove_prefix(std::min(size, data.size()))) {
        auto const chunk = data.substr(0, size);
        text.append(line.data(), http::write_chunk_size(chunk.size(), line)).append(chunk).append("\r\n");
    }
    return text.append(http::last_chunk);
}

}  // namespace

void try_chunked(std::string_view input) {
    auto const cuts = take_line(input);  // how the body is cut
    auto const whole = read_in_pieces(input, {});
    require(read_in_pieces(input, std::string_view("\0", 1)) == whole, "byte by byte a body is the same");
    require(read_in_pieces(input, cuts) == whole, "in pieces a body is the same");
    if (whole.refused || !whole.done) return;

    http::FieldList trailers;
    auto const section = whole.trailers + "\r\n";
    require(http::read_field_section(section, section.size(), trailers).has_value(), "trailers are well-formed fields");
    for (auto const size : {std::size_t{1}, whole.data.size() + 1}) {
        auto const body = written(whole.data, size);
        auto const again = read_in_pieces(body + "GET /", {});
        require(again.done && again.data == whole.data, "what we write is read as the same");
        require(again.consumed == body.size(), "what comes after a body is left alone");
    }
}

}  // namespace tollgate::fuzz
