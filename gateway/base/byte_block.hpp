// Several bytes looked at in one step: each is compared with constants, which marks some of them, and the first mark is
// found at once. Sixteen bytes where there is SSE2, else the eight of a word. A word is there on every machine and says
// the same, which the tests hold. Pure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tollgate {

// `byte`, at most 255, in each byte of a word.
[[nodiscard]] constexpr std::uint64_t in_each_byte(unsigned byte) noexcept {
    return byte * std::uint64_t{0x0101'0101'0101'0101};
}

// The first byte is the lowest one, on every machine.
template <class Word>
[[nodiscard]] inline Word load_word(char const* bytes) noexcept {
    Word word;
    std::memcpy(&word, bytes, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
    return word;
}

template <class Word>
inline void store_word(char* bytes, Word word) noexcept {
    if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
    std::memcpy(bytes, &word, sizeof word);
}

// Four to seven bytes as a word: its halves are the first four and the last four, and share bytes when these are fewer
// than eight.
[[nodiscard]] inline std::uint64_t load_few(char const* bytes, std::size_t size) noexcept {
    std::uint64_t const front = load_word<std::uint32_t>(bytes);
    std::uint64_t const back = load_word<std::uint32_t>(bytes + size - sizeof(std::uint32_t));
    return front | back << 32;
}

// Constants are ASCII. No sum carries from one byte into the next: each is of seven bits, so that the marks are exact.
class WordBlock {
public:
    static constexpr std::size_t size = 8;

    class Marks {
    public:
        explicit constexpr Marks(std::uint64_t bits) noexcept : bits_(bits) {}
        [[nodiscard]] constexpr Marks operator|(Marks other) const noexcept { return Marks(bits_ | other.bits_); }
        [[nodiscard]] constexpr Marks operator&(Marks other) const noexcept { return Marks(bits_ & other.bits_); }
        [[nodiscard]] constexpr Marks operator~() const noexcept { return Marks(bits_ ^ in_each_byte(0x80)); }

        [[nodiscard]] constexpr bool any() const noexcept { return bits_ != 0; }

        // Where the first marked byte is, of those that there are.
        [[nodiscard]] constexpr std::size_t first() const noexcept {
            return static_cast<std::size_t>(std::countr_zero(bits_)) / 8;
        }

        [[nodiscard]] constexpr std::uint64_t high_bits() const noexcept { return bits_; }

    private:
        std::uint64_t bits_;
    };

    explicit constexpr WordBlock(std::uint64_t word) noexcept : word_(word) {}
    explicit WordBlock(char const* bytes) noexcept : word_(load_word<std::uint64_t>(bytes)) {}

    [[nodiscard]] constexpr Marks below(std::uint8_t limit) const noexcept {
        return Marks(~(low() + in_each_byte(0x80U - limit)) & ~word_ & high_bits);
    }
    [[nodiscard]] constexpr Marks is(std::uint8_t byte) const noexcept { return between(byte, byte); }
    [[nodiscard]] constexpr Marks between(std::uint8_t least, std::uint8_t most) const noexcept {
        auto const reach_least = low() + in_each_byte(0x80U - least);
        auto const exceed_most = low() + in_each_byte(0x7fU - most);
        return Marks(reach_least & ~exceed_most & ~word_ & high_bits);
    }

    // With the bit set that tells small letters from capital ones.
    [[nodiscard]] constexpr WordBlock folded() const noexcept { return WordBlock(word_ | in_each_byte(0x20)); }

    // But for the case of letters.
    [[nodiscard]] constexpr bool same_letters_as(WordBlock other) const noexcept {
        auto const difference = word_ ^ other.word_;
        if (difference == 0) return true;
        if ((difference & ~in_each_byte(0x20)) != 0) return false;
        return ((difference << 2) & ~folded().between('a', 'z').high_bits()) == 0;
    }

private:
    static constexpr std::uint64_t high_bits = in_each_byte(0x80);
    [[nodiscard]] constexpr std::uint64_t low() const noexcept { return word_ & in_each_byte(0x7f); }

    std::uint64_t word_;
};

#ifdef __SSE2__

class VectorBlock {
public:
    static constexpr std::size_t size = 16;

    class Marks {
    public:
        explicit Marks(__m128i bytes) noexcept : bytes_(bytes) {}
        [[nodiscard]] Marks operator|(Marks other) const noexcept { return Marks(_mm_or_si128(bytes_, other.bytes_)); }
        [[nodiscard]] Marks operator&(Marks other) const noexcept { return Marks(_mm_and_si128(bytes_, other.bytes_)); }
        [[nodiscard]] Marks operator~() const noexcept { return Marks(_mm_xor_si128(bytes_, _mm_set1_epi8(-1))); }
        [[nodiscard]] bool any() const noexcept { return bits() != 0; }
        [[nodiscard]] std::size_t first() const noexcept { return static_cast<std::size_t>(std::countr_zero(bits())); }

    private:
        [[nodiscard]] unsigned bits() const noexcept { return static_cast<unsigned>(_mm_movemask_epi8(bytes_)); }

        __m128i bytes_;
    };

    VectorBlock(std::uint64_t first, std::uint64_t last) noexcept
        : bytes_(_mm_set_epi64x(static_cast<std::int64_t>(last), static_cast<std::int64_t>(first))) {}
    explicit VectorBlock(std::uint64_t twice) noexcept : VectorBlock(twice, twice) {}
    explicit VectorBlock(char const* bytes) noexcept
        : bytes_(_mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes))) {}

    [[nodiscard]] Marks below(std::uint8_t limit) const noexcept { return at_most(bytes_, limit - 1); }
    [[nodiscard]] Marks is(std::uint8_t byte) const noexcept { return Marks(_mm_cmpeq_epi8(bytes_, all(byte))); }
    [[nodiscard]] Marks between(std::uint8_t least, std::uint8_t most) const noexcept {
        return at_most(_mm_sub_epi8(bytes_, all(least)), most - least);
    }
    [[nodiscard]] VectorBlock folded() const noexcept { return VectorBlock(_mm_or_si128(bytes_, all(0x20))); }

private:
    explicit VectorBlock(__m128i bytes) noexcept : bytes_(bytes) {}
    [[nodiscard]] static __m128i all(int byte) noexcept { return _mm_set1_epi8(static_cast<char>(byte)); }
    [[nodiscard]] static Marks at_most(__m128i bytes, int limit) noexcept {
        return Marks(_mm_cmpeq_epi8(_mm_min_epu8(bytes, all(limit)), bytes));
    }

    __m128i bytes_;
};

using ByteBlock = VectorBlock;

#else

using ByteBlock = WordBlock;

#endif

}  // namespace tollgate
