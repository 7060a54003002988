#include "base/strict_json.hpp"

#include <doctest/doctest.h>
#include <boost/json/serialize.hpp>

#include <string>

namespace tollgate::strict_json_test {
namespace {

std::string nested(std::size_t depth) {
    std::string text = "{\"a\":";
    for (std::size_t i = 1; i < depth; ++i) text += '[';
    text += '1';
    for (std::size_t i = 1; i < depth; ++i) text += ']';
    return text + '}';
}

}  // namespace

TEST_CASE("a well-formed object is read as it was written") {
    auto const* const text = R"({"a":1,"b":[true,null,-2.5E0,{"c":"x\n\u00e9","b":18446744073709551615}],"":{}})";
    auto const value = parse_strict_json(text);
    REQUIRE(value);
    CHECK(boost::json::serialize(*value) ==
          "{\"a\":1,\"b\":[true,null,-2.5E0,{\"c\":\"x\\n\xc3\xa9\",\"b\":18446744073709551615}],\"\":{}}");
}

TEST_CASE("white space around the object is allowed, nothing else is") {
    CHECK(parse_strict_json(" \r\n\t{ } \n"));
    CHECK_FALSE(parse_strict_json("{} {}"));
    CHECK_FALSE(parse_strict_json("{}x"));
    CHECK_FALSE(parse_strict_json(std::string_view("{}\0", 3)));
    CHECK_FALSE(parse_strict_json("\xef\xbb\xbf{}"));
}

TEST_CASE("a member name may stand once in an object, in whatever spelling") {
    CHECK_FALSE(parse_strict_json(R"({"sub":"1","sub":"2"})"));
    CHECK_FALSE(parse_strict_json(R"({"sub":"1","s\u0075b":"2"})"));
    CHECK_FALSE(parse_strict_json(R"({"a":{"x":1,"y":2,"x":3}})"));
    CHECK_FALSE(parse_strict_json(R"({"a":[{"x":{},"x":[]}]})"));
    CHECK(parse_strict_json(R"({"a":{"a":{"a":1}},"A":2})"));
    CHECK(parse_strict_json(R"({"a":[{"x":1},{"x":1}]})"));
}

TEST_CASE("what is no object at the root is refused") {
    for (auto const* const text : {"", " ", "1", "\"a\"", "null", "true", "[]", "[{}]", "1.5"}) {
        CAPTURE(text);
        auto const value = parse_strict_json(text);
        REQUIRE_FALSE(value);
        CHECK(value.error() == errc::bad_form);
    }
}

TEST_CASE("what is no JSON is refused") {
    for (auto const* const text :
         {"{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":NaN}",
          "{\"a\":Infinity}", "{\"a\":.5}", "{/**/}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}",
          "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\xaf\"}"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_strict_json(text));
    }
}

TEST_CASE("32 levels are the most") {
    CHECK(parse_strict_json(nested(most_json_depth)));
    CHECK_FALSE(parse_strict_json(nested(most_json_depth + 1)));
    CHECK_FALSE(parse_strict_json(nested(100'000)));
}

TEST_CASE("strings that the parser hands over in parts are whole") {
    std::string const piece(5'000, 'k');
    auto const value = parse_strict_json("{\"" + piece + "\\n" + piece + "\":\"" + piece + "\\t" + piece + "\"}");
    REQUIRE(value);
    CHECK(value->as_object().at(piece + "\n" + piece).as_string() == piece + "\t" + piece);
}

}  // namespace tollgate::strict_json_test
