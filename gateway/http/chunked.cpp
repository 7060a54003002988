#include "http/chunked.hpp"

#include "base/characters.hpp"
#include "http/field_line.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

namespace tollgate::http {
namespace {

constexpr unsigned most_size_digits = 16;  // what fits 64 bits

}  // namespace

Result<ChunkedReader::Step> ChunkedReader::read(std::span<char> input) {
    Step step;
    while (step.consumed < input.size() && state_ != State::done) {
        if (state_ == State::data) {
            auto const length = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - step.consumed));
            if (step.data != step.consumed) std::memmove(&input[step.data], &input[step.consumed], length);
            step.data += length;
            step.consumed += length;
            left_ -= length;
            if (left_ == 0) state_ = State::data_cr;
        } else if (!take(input[step.consumed++])) {
            state_ = State::broken;
            return failure(errc::bad_request_framing);
        }
    }
    return step;
}

bool ChunkedReader::take(char c) {
    switch (state_) {
        case State::size: return take_size(c);
        case State::extension: return take_extension(c);
        case State::size_lf: return expect(c, '\n', left_ == 0 ? State::trailer : State::data);
        case State::data_cr: return expect(c, '\r', State::data_lf);
        case State::data_lf: begin_chunk(); return expect(c, '\n', State::size);
        case State::trailer: return take_trailer(c);
        case State::trailer_lf: return take_trailer(c) && c == '\n' && end_trailer_line();
        case State::data:
        case State::done:
        case State::broken: break;
    }
    return false;
}

bool ChunkedReader::expect(char c, char wanted, State next) noexcept {
    state_ = next;
    return c == wanted;
}

void ChunkedReader::begin_chunk() noexcept {
    digits_ = 0;
    extension_bytes_ = 0;
}

bool ChunkedReader::take_size(char c) noexcept {
    if (auto const value = hex_value(c); value >= 0) {
        left_ = left_ << 4 | static_cast<unsigned>(value);
        return ++digits_ <= most_size_digits;
    }
    // A space is BWS to RFC 9112, section 7.1.1; peers read it in different ways and no client writes it.
    if (digits_ == 0 || (c != ';' && c != '\r')) return false;
    state_ = c == ';' ? State::extension : State::size_lf;
    return true;
}

// Extensions are dropped, so what they say does not matter: only that their line ends where everybody thinks it ends.
bool ChunkedReader::take_extension(char c) noexcept {
    if (c == '\r') {
        state_ = State::size_lf;
        return true;
    }
    return ++extension_bytes_ <= most_extension_bytes && is_value_character(c);
}

bool ChunkedReader::take_trailer(char c) {
    if (trailers_.size() == most_trailer_bytes) return false;
    trailers_ += c;
    if (state_ == State::trailer && c == '\r') state_ = State::trailer_lf;
    return state_ == State::trailer_lf || is_value_character(c);
}

bool ChunkedReader::end_trailer_line() {
    auto line = std::string_view(trailers_).substr(line_begin_);
    if (line == "\r\n") {
        trailers_.resize(line_begin_);
        state_ = State::done;
        return true;
    }
    line_begin_ = trailers_.size();
    state_ = State::trailer;
    return take_field_line(line).has_value();
}

std::size_t write_chunk_size(std::size_t size, std::span<char> out) noexcept {
    assert(size > 0 && out.size() >= 18);  // a chunk of size 0 would end the body
    auto* const end = std::to_chars(out.data(), out.data() + 16, size, 16).ptr;
    end[0] = '\r';
    end[1] = '\n';
    return static_cast<std::size_t>(end + 2 - out.data());
}

}  // namespace tollgate::http
