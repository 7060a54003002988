#include "http/field_line.hpp"

#include <doctest/doctest.h>

namespace tollgate::field_line_test {
using namespace tollgate::http;
using namespace std::literals;

TEST_CASE("one field line is taken and the rest is left") {
    auto rest = "A: b \r\nC:d\r\n\r\n"sv;
    auto const first = take_field_line(rest);
    REQUIRE(first);
    CHECK(first->name == "A");
    CHECK(first->value == "b");
    CHECK(rest == "C:d\r\n\r\n");
    REQUIRE(take_field_line(rest));
    CHECK(rest == "\r\n");
    CHECK_FALSE(take_field_line(rest));
}

TEST_CASE("a line that has not ended is no line") {
    constexpr auto line = "Name: value\r\n"sv;
    for (std::size_t length = 0; length < line.size(); ++length) {
        auto rest = line.substr(0, length);
        CAPTURE(length);
        CHECK_FALSE(take_field_line(rest));
        CHECK(rest.size() == length);
    }
}

TEST_CASE("a section is read up to its empty line and no further") {
    FieldList fields;
    REQUIRE(read_field_section("A: b\r\nC: d\r\n\r\n", 2, fields));
    CHECK(fields.size() == 2);
    REQUIRE(read_field_section("\r\n", 0, fields));
    CHECK(fields.size() == 2);
    CHECK(read_field_section("", 2, fields).error() == errc::bad_request_framing);
    CHECK(read_field_section("\r\n\r\n", 2, fields).error() == errc::bad_request_framing);
    CHECK(read_field_section("A: b\r\n", 2, fields).error() == errc::bad_request_framing);
    CHECK(read_field_section("A: b\r\nC: d\r\n\r\n", 1, fields).error() == errc::head_too_large);
}

}  // namespace tollgate::field_line_test
