#include "base/quantity.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace tollgate::quantity_test {
using namespace std::chrono_literals;

TEST_CASE("durations have digits and one unit") {
    std::pair<char const*, std::chrono::milliseconds> const rows[] = {{"0s", 0ms},         {"250ms", 250ms},
                                                                      {"30s", 30'000ms},   {"5m", 300'000ms},
                                                                      {"1h", 3'600'000ms}, {"7d", 604'800'000ms}};
    for (auto const& [text, value] : rows) {
        CAPTURE(text);
        CHECK(read_duration(text) == value);
    }
    for (char const* const text : {"", "0", "5", "s", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5s", "5S", "5sec", "1h30m",
                                   "0x5s", "106751991168d", "99999999999999999999s"}) {
        CAPTURE(text);
        CHECK_FALSE(read_duration(text).has_value());
    }
}

TEST_CASE("sizes have digits and a binary unit, or none for bytes") {
    std::pair<char const*, std::uint64_t> const rows[] = {
        {"0", 0}, {"512", 512}, {"64KiB", 65'536}, {"10MiB", 10'485'760}, {"1GiB", 1'073'741'824}};
    for (auto const& [text, value] : rows) {
        CAPTURE(text);
        CHECK(read_size(text) == value);
    }
    for (char const* const text : {"", "KiB", "1KB", "1MB", "1kib", "1K", "1 KiB", "-1", "1.5MiB", "8589934592GiB"}) {
        CAPTURE(text);
        CHECK_FALSE(read_size(text).has_value());
    }
}

TEST_CASE("whole numbers have digits, and a minus at most") {
    CHECK(read_integer("12") == 12);
    CHECK(read_integer("-3") == -3);
    for (char const* const text : {"", "+1", "1.0", "1e3", "0x10", " 1", "1 ", "9223372036854775808"}) {
        CAPTURE(text);
        CHECK_FALSE(read_integer(text).has_value());
    }
}

TEST_CASE("quantities are written with the largest unit that divides them") {
    CHECK(duration_text(90s) == "90s");
    CHECK(duration_text(3600s) == "1h");
    CHECK(duration_text(24h) == "1d");
    CHECK(duration_text(0ms) == "0s");
    CHECK(size_text(1536) == "1536");
    CHECK(size_text(65'536) == "64KiB");
    CHECK(size_text(0) == "0");
}

}  // namespace tollgate::quantity_test
