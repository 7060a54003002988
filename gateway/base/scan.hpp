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

// Of a text that is shorter than a word.
template <class Class>
[[nodiscard]] std::size_t leading_of_few(std::string_view text) noexcept {
    constexpr std::size_t half = 4;
    auto const size = text.size();
    if (size >= half) {
        auto const at = Class::others(WordBlock(load_few(text.data(), size))).first();
        return at < half ? at : at + size - WordBlock::size;
    }
    std::size_t at = 0;
    while (at < size && Class::others(WordBlock(in_each_byte(static_cast<unsigned char>(text[at])))).first() > 0) ++at;
    return at;
}

// How many bytes at the front of `text` belong to the class.
template <class Class, class Block = ByteBlock>
[[nodiscard]] std::size_t leading(std::string_view text) noexcept {
    auto const size = text.size();
    if (size < Block::size) {
        if constexpr (Block::size > WordBlock::size) return leading<Class, WordBlock>(text);
        else return leading_of_few<Class>(text);
    }
    std::size_t at = 0;
    do {
        auto const belong = Class::others(Block(text.data() + at)).first();
        at += belong;
        if (belong < Block::size) return at;
    } while (size - at >= Block::size);
    // The rest together with some that were looked at already.
    return at == size ? at : size - Block::size + Class::others(Block(text.data() + size - Block::size)).first();
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
