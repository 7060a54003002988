// Writes text, piece by piece, into room that was measured for all of it: each piece is a copy, without the question
// for room and the call of std::string::append. Whoever makes one answers for the measure. Pure.
#pragma once

#include <cassert>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace tollgate {

class TextWriter {
public:
    explicit TextWriter(std::span<char> room) noexcept : begin_(room.data()), at_(begin_), end_(begin_ + room.size()) {}

    TextWriter& put(std::string_view text) noexcept {
        assert(text.size() <= left());
        at_ += text.copy(at_, text.size());
        return *this;
    }

    TextWriter& put(char c) noexcept {
        assert(left() > 0);
        *at_++ = c;
        return *this;
    }

    TextWriter& number(std::unsigned_integral auto value) noexcept {
        auto const [end, failed] = std::to_chars(at_, end_, value);
        assert(failed == std::errc{});
        at_ = end;
        return *this;
    }

    // The last `count` decimal digits of `value`, zeros included.
    TextWriter& digits(std::unsigned_integral auto value, std::size_t count) noexcept {
        assert(count <= left());
        for (auto* at = at_ + count; at != at_; value /= 10) *--at = static_cast<char>('0' + value % 10);
        at_ += count;
        return *this;
    }

    // All sixteen hexadecimal digits of `value`.
    TextWriter& hexadecimal(std::uint64_t value) noexcept {
        assert(left() >= 16);
        for (int shift = 60; shift >= 0; shift -= 4) *at_++ = "0123456789abcdef"[value >> shift & 15];
        return *this;
    }

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    [[nodiscard]] std::string_view text() const noexcept { return {begin_, at_}; }

    // Of a number at most.
    static constexpr std::size_t number_bytes = std::numeric_limits<unsigned long long>::digits10 + 1;

private:
    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    char* begin_;
    char* at_;
    char* end_;
};

// Appends to `out` what `write` puts into a TextWriter with room for `most_bytes`.
template <std::invocable<TextWriter&> Write>
void append_written(std::string& out, std::size_t most_bytes, Write write) {
    auto const before = out.size();
    out.resize_and_overwrite(before + most_bytes, [&](char* begin, std::size_t size) {
        TextWriter writer(std::span(begin, size).subspan(before));
        write(writer);
        return before + writer.size();
    });
}

}  // namespace tollgate
