#include "auth/timetable.hpp"

#include <doctest/doctest.h>

namespace tollgate::timetable_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;

namespace {

constexpr steady_time start{1h};
using Row = Timetable::Row;

}  // namespace

TEST_CASE("a row is found by its key, and is what was put last") {
    Timetable table(4);
    CHECK(table.find(1) == std::nullopt);
    table.put(1, {start, 3});
    table.put(2, {start, 4});
    table.put(1, {start + 1s, 5});
    CHECK(table.find(1) == Row{start + 1s, 5});
    CHECK(table.find(2) == Row{start, 4});
    CHECK(table.size() == 2);
}

TEST_CASE("what was erased is no longer there, and leaves room") {
    Timetable table(1);
    table.put(1, {start, 3});
    table.erase(1);
    table.erase(1);
    CHECK(table.find(1) == std::nullopt);
    CHECK(table.size() == 0);
    CHECK(table.free_at(2) == steady_time::min());
}

TEST_CASE("a full table forgets the row of the earliest time, whenever it was put") {
    Timetable table(3);
    table.put(1, {start + 2s, 1});
    table.put(2, {start + 3s, 1});
    table.put(3, {start + 1s, 1});
    table.put(4, {start, 1});
    CHECK(table.find(3) == std::nullopt);
    table.put(5, {start + 9s, 1});
    CHECK(table.find(4) == std::nullopt);
    CHECK(table.find(1).has_value());
    CHECK(table.find(2).has_value());
    CHECK(table.size() == 3);
}

TEST_CASE("a row that is put again goes by its new time, and makes nobody be forgotten") {
    Timetable table(2);
    table.put(1, {start, 1});
    table.put(2, {start + 1s, 1});
    table.put(1, {start + 2s, 2});
    CHECK(table.size() == 2);
    table.put(3, {start + 3s, 1});
    CHECK(table.find(1) == Row{start + 2s, 2});
    CHECK(table.find(2) == std::nullopt);
}

TEST_CASE("a key waits for the time of its row; without one only in a full table, for the earliest time there") {
    Timetable table(2);
    CHECK(table.free_at(1) == steady_time::min());
    table.put(1, {start + 5s, 1});
    CHECK(table.free_at(1) == start + 5s);
    CHECK(table.free_at(2) == steady_time::min());
    table.put(2, {start + 3s, 1});
    CHECK(table.free_at(1) == start + 5s);
    CHECK(table.free_at(3) == start + 3s);
}

TEST_CASE("a table has room for one row at least") {
    Timetable table(0);
    table.put(1, {start, 1});
    table.put(2, {start, 2});
    CHECK(table.size() == 1);
    CHECK(table.find(2) == Row{start, 2});
}

}  // namespace tollgate::timetable_test
