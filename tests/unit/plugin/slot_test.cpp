#include "plugin/slot.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory_resource>

namespace tollgate::slot_test {
using namespace tollgate::plugin;

namespace {

int alive = 0;

struct Counted {
    Counted() noexcept { ++alive; }
    ~Counted() { --alive; }
    std::uint64_t value = 7;
};

}  // namespace

TEST_CASE("each exchange has its own slots, made with it and gone with it") {
    SlotLayout layout;
    auto const letter = layout.reserve<char>();
    auto const counted = layout.reserve<Counted>();
    auto const more = layout.reserve<Counted>();
    {
        SlotBlock first(layout, *std::pmr::new_delete_resource());
        CHECK(alive == 2);
        first[letter] = 'x';
        first[counted].value = 8;
        SlotBlock second(layout, *std::pmr::new_delete_resource());
        CHECK(alive == 4);
        CHECK(second[letter] == '\0');
        CHECK(second[counted].value == 7);
        CHECK(first[counted].value == 8);
        CHECK(first[more].value == 7);
        CHECK(reinterpret_cast<std::uintptr_t>(&first[counted]) % alignof(Counted) == 0);
    }
    CHECK(alive == 0);
}

TEST_CASE("no memory is taken when nobody reserved a slot") {
    SlotLayout const layout;
    CHECK_NOTHROW(SlotBlock(layout, *std::pmr::null_memory_resource()));  // that resource throws for every byte
}

}  // namespace tollgate::slot_test
