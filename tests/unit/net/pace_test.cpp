#include "net/pace.hpp"

#include <doctest/doctest.h>

#include <cstddef>

namespace tollgate::pace_test {
using tollgate::net::Pace;

namespace {

constexpr std::size_t room = 16 * 1024;

Pace fast() {
    Pace pace;
    for (unsigned i = 0; i < Pace::full_reads_of_fast; ++i) pace.read(room, room);
    return pace;
}

}  // namespace

TEST_CASE("a read that filled its room is followed by another at once, any other by a wait") {
    Pace pace;
    CHECK(pace.needs_wait());
    pace.read(room, room);
    CHECK_FALSE(pace.needs_wait());
    pace.read(room - 1, room);
    CHECK(pace.needs_wait());
    pace.read(10, 10);
    CHECK_FALSE(pace.needs_wait());
    pace.read(0, room);
    CHECK(pace.needs_wait());
}

TEST_CASE("a pipe that took something is filled again at once, whatever it took") {
    Pace pace;
    pace.moved(100);
    CHECK_FALSE(pace.needs_wait());
    pace.moved(0);
    CHECK(pace.needs_wait());
}

TEST_CASE("after so many bytes in a row others have their turn") {
    Pace pace;
    for (std::size_t bytes = room; bytes < Pace::most_in_a_row_bytes; bytes += room) {
        pace.read(room, room);
        CHECK_FALSE(pace.needs_wait());
    }
    pace.read(room, room);
    CHECK(pace.needs_wait());
    pace.begin_wait();
    CHECK_FALSE(pace.needs_wait());
}

TEST_CASE("a flow is fast after two full reads, until one brings little") {
    Pace pace;
    pace.read(room, room);
    CHECK_FALSE(pace.is_fast());
    pace.read(room, room);
    CHECK(pace.is_fast());
    pace.read(0, room);  // nothing is there yet
    CHECK(pace.is_fast());
    pace.read(Pace::slow_bytes, 8 * room);  // not full, and much
    CHECK(pace.is_fast());
    pace.read(Pace::slow_bytes - 1, 8 * room);
    CHECK_FALSE(pace.is_fast());

    auto piped = fast();
    piped.moved(8 * room);
    piped.moved(0);
    CHECK(piped.is_fast());
    piped.moved(Pace::slow_bytes - 1);
    CHECK_FALSE(piped.is_fast());

    Pace little;
    for (int i = 0; i < 10; ++i) little.read(100, 100);  // the room that was left was small
    CHECK_FALSE(little.is_fast());
}

}  // namespace tollgate::pace_test
