#include "http/utf8.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tollgate::utf8_test {
using namespace tollgate::http;
using namespace std::literals;

TEST_CASE("well-formed UTF-8 is left as it is") {
    for (auto const text :
         {""sv, "a\0b\x7f"sv, "\xc2\x80"sv, "\xdf\xbf"sv, "\xe0\xa0\x80"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv,
          "\xef\xbf\xbf"sv, "\xf0\x90\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z"sv}) {
        CAPTURE(text);
        CHECK(valid_utf8(text) == text);
    }
}

TEST_CASE("each byte that belongs to no character is replaced") {
    struct Row {
        std::string_view text;
        std::size_t replaced;
    };
    for (auto const& row : std::vector<Row>{
             {"\x80", 1},
             {"\xff", 1},
             {"\xc3", 1},
             {"\xc0\x80", 2},
             {"\xc1\xbf", 2},
             {"\xe0\x9f\xbf", 3},
             {"\xed\xa0\x80", 3},
             {"\xe2\x82", 2},
             {"\xf0\x8f\xbf\xbf", 4},
             {"\xf4\x90\x80\x80", 4},
             {"\xf5\x80\x80\x80", 4},
             {"\xf0\x9f\x98", 3},
         }) {
        CAPTURE(row.text);
        std::string expected = "a";
        for (std::size_t i = 0; i < row.replaced; ++i) expected += "\xef\xbf\xbd";
        CHECK(valid_utf8("a" + std::string(row.text) + "z") == expected + "z");
        CHECK(valid_utf8("a" + std::string(row.text)) == expected);
    }
}

}  // namespace tollgate::utf8_test
