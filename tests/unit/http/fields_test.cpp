#include "http/fields.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::fields_test {
using namespace tollgate::http;
using namespace std::literals;

TEST_CASE("text that is kept lives in the arena") {
    Arena arena;
    std::string text = "gone soon";
    auto const copy = keep(arena, text);
    auto const joined = keep(arena, {"a", "", text, "b"});
    text.assign(text.size(), 'x');
    CHECK(copy == "gone soon");
    CHECK(joined == "agone soonb");
    CHECK(keep(arena, "").empty());
    CHECK(keep(arena, {"", ""}).empty());
}

TEST_CASE("a field value has no control character but a tab") {
    for (auto const text : {""sv, "a b"sv, "a\tb"sv, "\xc3\xa4"sv, "\xff\x80 long enough for two steps"sv})
        CHECK(is_field_value(text));
    for (auto const text : {"a\rb"sv, "a\nb"sv, "a\0b"sv, "a\x7f"sv, "\x1b"sv, "12345678\r\n"sv}) {
        CAPTURE(text);
        CHECK_FALSE(is_field_value(text));
    }
}

TEST_CASE("a field that would smuggle another is not added") {
    Arena arena;
    FieldList fields;
    for (auto const value : {"1\r\nX-Admin: 1"sv, "1\n"sv, "1\0"sv}) {
        auto const result = fields.add(arena, "X-User-Id", value);
        REQUIRE_FALSE(result);
        CHECK(result.error() == errc::internal_error);
    }
    for (auto const name : {"X User"sv, ""sv, "X:"sv, "X\r\nY"sv}) CHECK_FALSE(fields.add(arena, name, "1"));
    CHECK(fields.size() == 0);
}

TEST_CASE("an added field is a copy with its id") {
    Arena arena;
    FieldList fields;
    std::string name = "content-TYPE";
    std::string value = "text/plain";
    REQUIRE(fields.add(arena, name, value));
    name = value = "overwritten!";
    REQUIRE(fields.size() == 1);
    CHECK(fields.begin()->id == FieldName::content_type);
    CHECK(fields.begin()->name == "content-TYPE");
    CHECK(fields.begin()->value == "text/plain");
}

TEST_CASE("fields are found by id and by name, the first of several") {
    FieldList fields;
    fields.append(FieldName::accept, "Accept", "a");
    fields.append(FieldName::unknown, "X-Own", "b");
    fields.append(FieldName::accept, "accept", "c");
    CHECK(fields.find(FieldName::accept) == "a");
    CHECK(fields.find("x-oWN") == "b");
    CHECK(fields.find("ACCEPT") == "a");
    CHECK(fields.find(FieldName::host) == std::nullopt);
    CHECK(fields.find("X-Other") == std::nullopt);
    CHECK(fields.count(FieldName::accept) == 2);
}

TEST_CASE("what was appended is never denied, and an empty list holds nothing") {
    FieldList fields;
    for (unsigned id = 0; id <= static_cast<unsigned>(FieldName::xref); ++id) {
        auto const name = static_cast<FieldName>(id);
        CAPTURE(id);
        CHECK_FALSE(fields.may_hold(name));
        fields.append(name, "A", "b");
        CHECK(fields.may_hold(name));
        CHECK(fields.find(name) == "b");
        CHECK(fields.count(name) == 1);
        fields.remove(name);
        CHECK(fields.count(name) == 0);
        CHECK(fields.find(name) == std::nullopt);
        fields.clear();
    }
}

TEST_CASE("a field whose name shares its bit with another's is not that other one") {
    FieldList fields;
    auto const one = FieldName::host;
    auto const other = static_cast<FieldName>(static_cast<unsigned>(one) % 64 + 64 * (static_cast<unsigned>(one) < 64));
    fields.append(one, "Host", "a");
    CHECK(fields.may_hold(other));
    CHECK(fields.find(other) == std::nullopt);
    CHECK(fields.count(other) == 0);
}

TEST_CASE("removing takes every field of the name and keeps the order of the others") {
    FieldList fields;
    for (auto const value : {"1"sv, "2"sv}) {
        fields.append(FieldName::accept, "Accept", value);
        fields.append(FieldName::cookie, "Cookie", value);
    }
    fields.remove(FieldName::accept);
    REQUIRE(fields.size() == 2);
    CHECK(fields.begin()[0].value == "1");
    CHECK(fields.begin()[1].value == "2");
    CHECK(fields.count(FieldName::accept) == 0);
    fields.clear();
    CHECK(fields.size() == 0);
}

}  // namespace tollgate::fields_test
