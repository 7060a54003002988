// How far a text is made of one class of bytes: what heads, tokens and log lines are looked through for. Each class is
// one expression, which says of many bytes at once which ones do not belong; base/characters says the same of one byte.
// Pure.
#pragma once

#include "base/byte_block.hpp"
#include "base/characters.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

// No control but HTAB: a field value and a reason phrase (RFC 9110, section 5.5).
struct ValueCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept {
        return (bytes.below(0x20) & ~bytes.is('\t')) | bytes.is(0x7f);
    }
};

// Letters, digits and `-`: what nearly all names are made of.
struct PlainNameCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept {
        return ~(bytes.folded().between('a', 'z') | bytes.between('0', '9') | bytes.is('-'));
    }
};

// The line, and what may end it but for LF.
struct LineCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept { return bytes.is('\n'); }
};

// Neither space nor control.
struct TargetCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept { return bytes.below(0x21) | bytes.is(0x7f); }
};

// Visible ASCII but `#`, which begins a fragment (RFC 3986, section 3.5).
struct VisibleTargetCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept { return ~bytes.between(0x21, 0x7e) | bytes.is('#'); }
};

// RFC 3986, section 2.3.
struct UnreservedCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept {
        return ~(bytes.folded().between('a', 'z') | bytes.between('0', '9') | bytes.between('-', '.') | bytes.is('_') |
                 bytes.is('~'));
    }
};

// ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" (RFC 6750, section 2.1); "-./" stand before the digits.
struct BearerCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept {
        return ~(bytes.folded().between('a', 'z') | bytes.between('-', '9') | bytes.is('+') | bytes.is('_') |
                 bytes.is('~'));
    }
};

// ASCII that stands for itself in a JSON string (RFC 8259, section 7).
struct JsonCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept {
        return ~(bytes.below(0x80) & ~bytes.below(0x20)) | bytes.is('"') | bytes.is('\\');
    }
};

// Of these, what is seen when it is printed.
struct PrintableJsonCharacters {
    [[nodiscard]] static auto others(auto bytes) noexcept {
        return ~bytes.between(0x20, 0x7e) | bytes.is('"') | bytes.is('\\');
    }
};

// Of a text that is shorter than a block: a block is made of it, in which some bytes stand twice.
template <class Class, class Block>
[[nodiscard]] std::size_t leading_of_few(std::string_view text) noexcept {
    constexpr std::size_t word = WordBlock::size;
    auto const* const begin = text.data();
    auto const size = text.size();
    if constexpr (Block::size == 2 * word) {
        if (size >= word) {
            auto const others = Class::others(Block(load_word<std::uint64_t>(begin),  //
                                                    load_word<std::uint64_t>(begin + size - word)));
            if (!others.any()) return size;
            return others.first() < word ? others.first() : others.first() + size - Block::size;
        }
    }
    if (size >= word / 2) {
        auto const others = Class::others(Block(load_few(begin, size)));
        if (!others.any()) return size;
        return others.first() < word / 2 ? others.first() : others.first() + size - word;
    }
    std::size_t at = 0;
    while (at < size && !Class::others(Block(in_each_byte(static_cast<unsigned char>(begin[at])))).any()) ++at;
    return at;
}

// How many bytes at the front of `text` belong to the class.
template <class Class, class Block = ByteBlock>
[[nodiscard]] std::size_t leading(std::string_view text) noexcept {
    if (text.size() < Block::size) return leading_of_few<Class, Block>(text);
    auto const* const begin = text.data();
    auto const* const last = begin + text.size() - Block::size;
    for (auto const* at = begin;; at += Block::size) {
        if (at > last) at = last;  // the rest together with some that were looked at already
        auto const others = Class::others(Block(at));
        if (others.any()) return static_cast<std::size_t>(at - begin) + others.first();
        if (at == last) return text.size();
    }
}

// How many characters at the front of `text` may stand in a field value.
[[nodiscard]] inline std::size_t value_length(std::string_view text) noexcept { return leading<ValueCharacters>(text); }

// How many are token characters (RFC 9110, section 5.6.2). Marks are seldom among them.
[[nodiscard]] inline std::size_t token_length(std::string_view text) noexcept {
    auto at = leading<PlainNameCharacters>(text);
    while (at < text.size() && in(token_characters, text[at])) ++at;
    return at;
}

}  // namespace tollgate
