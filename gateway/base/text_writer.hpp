// Writes text, piece by piece, into room that was measured for all of it: each piece is a copy, after one
// comparison, without a call of std::string::append. Whoever makes one answers for the measure. Pure.
#pragma once

#include "base/byte_block.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace tollgate {

// Copies `text` and says where it ends. A short one, as most are, is a few moves and no call.
[[gnu::always_inline]] inline char* copy_text(char* to, std::string_view text) noexcept {
    auto const* const from = text.data();
    auto const size = text.size();
    auto* const end = to + size;
    // Two moves that share bytes when they are more than there are.
    auto const with_moves_of = [&]<std::size_t bytes>(std::integral_constant<std::size_t, bytes>) {
        std::array<char, bytes> first;
        std::array<char, bytes> last;
        std::memcpy(first.data(), from, bytes);
        std::memcpy(last.data(), from + size - bytes, bytes);
        std::memcpy(to, first.data(), bytes);
        std::memcpy(end - bytes, last.data(), bytes);
    };
    if (size > 32) {
        std::memcpy(to, from, size);
    } else if (size >= 16) {
        with_moves_of(std::integral_constant<std::size_t, 16>());
    } else if (size >= 8) {
        with_moves_of(std::integral_constant<std::size_t, 8>());
    } else if (size >= 4) {
        with_moves_of(std::integral_constant<std::size_t, 4>());
    } else if (size > 0) {
        to[0] = from[0];
        to[size / 2] = from[size / 2];
        end[-1] = from[size - 1];
    }
    return end;
}

class TextWriter {
public:
    explicit TextWriter(std::span<char> room) noexcept : begin_(room.data()), at_(begin_), end_(begin_ + room.size()) {}

    // Inlined, a text of known length is a move or two; the call that compilers would make costs more than memcpy.
    [[gnu::always_inline]] TextWriter& put(std::string_view text) noexcept {
        assert(text.size() <= left());
        at_ = copy_text(at_, text);
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
        auto* at = at_ += count;
        for (; count >= 2; count -= 2, value /= 100) std::memcpy(at -= 2, &pairs_of_digits[2 * (value % 100)], 2);
        if (count == 1) at[-1] = static_cast<char>('0' + value % 10);
        return *this;
    }

    // All sixteen hexadecimal digits of `value`.
    TextWriter& hexadecimal(std::uint64_t value) noexcept {
        assert(left() >= 16);
        store_word(at_, hexadecimal_digits(static_cast<std::uint32_t>(value >> 32)));
        store_word(at_ + 8, hexadecimal_digits(static_cast<std::uint32_t>(value)));
        at_ += 16;
        return *this;
    }

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    [[nodiscard]] std::string_view text() const noexcept { return {begin_, at_}; }

    // The most that number() writes.
    static constexpr std::size_t number_bytes = std::numeric_limits<unsigned long long>::digits10 + 1;

private:
    static constexpr std::array<char, 200> pairs_of_digits = [] {  // "00" to "99"
        std::array<char, 200> pairs{};
        for (std::size_t i = 0; i < pairs.size(); ++i)
            pairs[i] = static_cast<char>('0' + (i % 2 == 0 ? i / 20 : i / 2 % 10));
        return pairs;
    }();

    // Eight digits as a word whose lowest byte is the first one: each half byte alone in a byte, then made a character.
    [[nodiscard]] static constexpr std::uint64_t hexadecimal_digits(std::uint32_t value) noexcept {
        std::uint64_t digits = value;
        digits = (digits | digits << 16) & 0x0000'ffff'0000'ffff;
        digits = (digits | digits << 8) & 0x00ff'00ff'00ff'00ff;
        digits = std::byteswap((digits | digits << 4) & 0x0f0f'0f0f'0f0f'0f0f);
        auto const letters = (digits + in_each_byte(0x80 - 10)) >> 7 & in_each_byte(1);
        return digits + in_each_byte('0') + letters * ('a' - 10 - '0');
    }

    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    char* begin_;
    char* at_;
    char* end_;
};

// Appends to `out` what `write`, which throws nothing, puts into a TextWriter with room for `most_bytes`.
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
