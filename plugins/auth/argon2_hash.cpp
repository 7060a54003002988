#include "auth/argon2_hash.hpp"

#include "base/characters.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace tollgate::auth::password {
namespace {

constexpr std::uint32_t most_memory_kib = 1024 * 1024;
constexpr std::uint32_t most_passes = 64;
constexpr std::uint32_t most_lanes = 16;
constexpr std::size_t most_part_characters = 128;  // salt, hash
constexpr std::size_t least_salt_characters = 11;  // 8 bytes
constexpr std::size_t least_hash_characters = 16;  // 12 bytes

bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

// A number without sign or leading zero, at most `most`.
bool take_number(std::string_view& text, std::uint32_t most, std::uint32_t& number) {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || text.starts_with('0') || number > most) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool is_base64(std::string_view text, std::size_t least) {
    return text.size() >= least && text.size() <= most_part_characters &&
           std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '+' || c == '/'; });
}

}  // namespace

std::optional<Argon2Parameters> read_argon2id(std::string_view encoded, ScanPart part) {
    auto rest = encoded;
    Argon2Parameters read;
    bool const well_formed = take(rest, "$argon2id$v=19$m=") && take_number(rest, most_memory_kib, read.memory_kib) &&
                             take(rest, ",t=") && take_number(rest, most_passes, read.passes) && take(rest, ",p=") &&
                             take_number(rest, most_lanes, read.lanes);
    if (!well_formed || read.memory_kib < 8 * read.lanes) return std::nullopt;  // RFC 9106, section 3.1
    read.scheme = encoded.substr(0, encoded.size() - rest.size());
    if (part == ScanPart::scheme) return rest.empty() ? std::optional(read) : std::nullopt;

    if (!take(rest, "$")) return std::nullopt;
    read.salt = rest.substr(0, rest.find('$'));
    if (!is_base64(read.salt, least_salt_characters)) return std::nullopt;
    rest.remove_prefix(read.salt.size());
    if (!take(rest, "$") || !is_base64(rest, least_hash_characters)) return std::nullopt;
    read.hash = rest;
    return read;
}

}  // namespace tollgate::auth::password
