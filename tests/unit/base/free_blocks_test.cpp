#include "base/free_blocks.hpp"

#include <doctest/doctest.h>

namespace tollgate {
namespace {

constexpr std::size_t bytes = 48;

TEST_CASE("what was given back last is taken first") {
    FreeBlocks blocks(8);
    void* const first = blocks.take(bytes);
    void* const second = blocks.take(bytes);
    CHECK(first != second);
    blocks.give_back(first);
    blocks.give_back(second);
    void* const third = blocks.take(bytes);
    void* const fourth = blocks.take(bytes);
    if (blocks_are_kept) {
        CHECK(third == second);
        CHECK(fourth == first);
    }
    blocks.give_back(third);
    blocks.give_back(fourth);
}

TEST_CASE("no more blocks are kept than was said, and room that is taken is there again") {
    FreeBlocks blocks(1);
    for (int again = 0; again < 3; ++again) {
        void* const kept = blocks.take(bytes);
        void* const too_much = blocks.take(bytes);
        blocks.give_back(kept);
        blocks.give_back(too_much);
        void* const taken = blocks.take(bytes);
        if (blocks_are_kept) CHECK(taken == kept);
        blocks.give_back(taken);
    }
}

}  // namespace
}  // namespace tollgate
