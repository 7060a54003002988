#include "base/seeded_hash.hpp"

#include "base/secret.hpp"

#include <cstring>

namespace tollgate {
namespace {

__extension__ using uint128 = unsigned __int128;

// Both halves of the product take part, so each input bit reaches every output bit.
std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) noexcept {
    auto const product = static_cast<uint128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

SeededHash::SeededHash() {
    auto const bytes = random_bytes(sizeof seed_);
    std::memcpy(seed_.data(), bytes.data(), sizeof seed_);
    for (auto& word : seed_) word |= 1;  // a zero factor would forget all before it
}

std::size_t SeededHash::operator()(std::string_view text) const noexcept {
    std::uint64_t state = seed_[0] ^ text.size();
    while (text.size() >= sizeof state) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data(), sizeof word);
        state = folded_product(state ^ word, seed_[1]) ^ seed_[2];
        text.remove_prefix(sizeof word);
    }
    std::uint64_t rest = 0;
    if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
    return folded_product(state ^ rest, seed_[1]);
}

}  // namespace tollgate
