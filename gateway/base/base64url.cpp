#include "base/base64url.hpp"

#include <array>
#include <cstdint>

namespace tollgate::base64url {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t invalid = 0xff;

constexpr std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(invalid);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

constexpr std::size_t decoded_size(std::size_t characters) { return characters / 4 * 3 + (characters % 4 * 3) / 4; }

}  // namespace

std::string encode(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (char const c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6) text += alphabet[bits >> (held - 6) & 0x3f];
    }
    if (held > 0) text += alphabet[bits << (6 - held) & 0x3f];
    return text;
}

std::optional<std::size_t> decode_into(std::string_view text, std::span<char> out) {
    if (text.size() % 4 == 1 || out.size() < decoded_size(text.size())) return std::nullopt;
    std::uint32_t bad = 0;
    auto const value_of = [&bad](char c) -> std::uint32_t {
        auto const value = values[static_cast<unsigned char>(c)];
        bad |= value;
        return value & 0x3fU;
    };
    auto* to = out.data();
    for (; text.size() >= 4; text.remove_prefix(4)) {
        auto const bits =
            value_of(text[0]) << 18 | value_of(text[1]) << 12 | value_of(text[2]) << 6 | value_of(text[3]);
        *to++ = static_cast<char>(bits >> 16);
        *to++ = static_cast<char>(bits >> 8);
        *to++ = static_cast<char>(bits);
    }
    // Two or three more stand for one or two bytes, and for spare bits that are zero.
    std::uint32_t bits = 0;
    for (char const c : text) bits = bits << 6 | value_of(c);
    auto const spare = text.size() * 6 % 8;
    if ((bad & 0xc0) != 0 || (bits & ((1U << spare) - 1)) != 0) return std::nullopt;
    bits >>= spare;
    if (text.size() == 3) *to++ = static_cast<char>(bits >> 8);
    if (!text.empty()) *to++ = static_cast<char>(bits);
    return static_cast<std::size_t>(to - out.data());
}

std::optional<std::string> decode(std::string_view text) {
    std::string bytes(decoded_size(text.size()), '\0');
    if (!decode_into(text, bytes)) return std::nullopt;
    return bytes;
}

}  // namespace tollgate::base64url
