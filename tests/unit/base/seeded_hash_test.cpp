#include "base/seeded_hash.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <set>
#include <string>

namespace tollgate::seeded_hash_test {
using tollgate::SeededHash;

TEST_CASE("a hash and its copy agree, one made apart does not") {
    SeededHash const hash;
    SeededHash const copy = hash;
    CHECK(hash("some token") == copy("some token"));
    CHECK(hash("some token") != SeededHash()("some token"));
}

TEST_CASE("texts that differ in length or in one bit hash apart") {
    SeededHash const hash;
    std::set<std::size_t> seen;
    std::string const zeros(64, '\0');
    for (std::size_t size = 0; size <= zeros.size(); ++size) seen.insert(hash(std::string_view(zeros).substr(0, size)));
    for (std::size_t i = 0; i < zeros.size(); ++i) {
        auto changed = zeros;
        changed[i] = 1;
        seen.insert(hash(changed));
    }
    CHECK(seen.size() == 65 + 64);
}

TEST_CASE("one changed bit changes about half of the hash") {
    SeededHash const hash;
    int changed_bits = 0;
    for (int i = 0; i < 1000; ++i) {
        std::string text = "eyJhbGciOiJIUzI1NiJ9." + std::to_string(i);
        auto const before = hash(text);
        text[5] = static_cast<char>(text[5] ^ 1);
        changed_bits += std::popcount(before ^ hash(text));
    }
    CHECK(changed_bits > 30'000);
    CHECK(changed_bits < 34'000);
}

}  // namespace tollgate::seeded_hash_test
