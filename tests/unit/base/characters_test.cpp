#include "base/characters.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace tollgate::characters_test {
using namespace std::literals;

TEST_CASE("a byte belongs to the classes that ASCII gives it, and to none over 127") {
    auto const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"sv;
    auto const digits = "0123456789"sv;
    auto const hexadecimal = "0123456789abcdefABCDEF"sv;
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        auto const c = static_cast<char>(byte);
        CHECK(is_letter(c) == letters.contains(c));
        CHECK(is_digit(c) == digits.contains(c));
        CHECK(is_alphanumeric(c) == (letters.contains(c) || digits.contains(c)));
        CHECK((hex_value(c) >= 0) == hexadecimal.contains(c));
        CHECK(is_blank(c) == " \t"sv.contains(c));
        CHECK(is_visible(c) == (byte > 0x20 && byte < 0x7f));
        CHECK(is_value_character(c) == (byte == '\t' || (byte >= 0x20 && byte != 0x7f)));
        CHECK(in(token_characters, c) ==
              (letters.contains(c) || digits.contains(c) || "!#$%&'*+-.^_`|~"sv.contains(c)));
        CHECK(in(unreserved_characters, c) == (letters.contains(c) || digits.contains(c) || "-._~"sv.contains(c)));
    }
}

TEST_CASE("letters alone have a lower case") {
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        CHECK(lower(static_cast<char>(byte)) == static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte));
    }
    CHECK(lowered("Api.EXAMPLE-[@`{\xc3\x84") == "api.example-[@`{\xc3\x84");
    CHECK(lowered("").empty());
}

TEST_CASE("case is ignored for letters alone") {
    CHECK(equal_ignoring_case("Content-LENGTH", "content-length"));
    CHECK(equal_ignoring_case("", ""));
    CHECK_FALSE(equal_ignoring_case("a", "ab"));
    CHECK_FALSE(equal_ignoring_case("ab", "a"));
    CHECK_FALSE(equal_ignoring_case("a-b", "a\rb"));  // one bit apart, as the two cases of a letter are
    CHECK_FALSE(equal_ignoring_case("@", "`"));
}

TEST_CASE("a token is not empty and made of token characters") {
    for (auto const text : {"a"sv, "X-User-Id"sv, "!#$%&'*+-.^_`|~"sv, "0"sv}) CHECK(is_token(text));
    for (auto const text :
         {""sv, "a b"sv, "a:"sv, "a\t"sv, "\xc3\xa4"sv, "a\0"sv, "(a)"sv, "a/b"sv, "a,b"sv, "{a}"sv, "\"a\""sv}) {
        CAPTURE(text);
        CHECK_FALSE(is_token(text));
    }
}

TEST_CASE("an escape is a percent sign and two hexadecimal digits") {
    std::pair<std::string_view, int> const rows[] = {{"%00", 0}, {"%41rest", 0x41}, {"%fF", 0xff}, {"%", -1},
                                                     {"%4", -1}, {"%4g", -1},       {"%g4", -1},   {"% 4", -1}};
    for (auto const& [text, byte] : rows) {
        CAPTURE(text);
        CHECK(escaped_byte(text) == byte);
    }
}

TEST_CASE("two texts that differ in one byte are the same when it is a letter in both its cases, wherever it stands") {
    for (std::size_t size = 1; size < 20; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'a');
            std::string other(size, 'A');
            for (int byte = 0; byte < 256; ++byte) {
                for (int const flipped : {0, 0x20, 1, 0x80, 0xa0}) {
                    text[at] = static_cast<char>(byte);
                    other[at] = static_cast<char>(byte ^ flipped);
                    bool const same = lower(text[at]) == lower(other[at]);
                    if (equal_ignoring_case(text, other) != same) {
                        CAPTURE(size);
                        CAPTURE(at);
                        CAPTURE(byte);
                        CAPTURE(flipped);
                        CHECK(equal_ignoring_case(text, other) == same);
                    }
                }
            }
        }
    }
}

TEST_CASE("blanks around a text are spaces and tabs, and those inside stay") {
    CHECK(trimmed(" \t a \t b\t ") == "a \t b");
    CHECK(trimmed("\ra\n") == "\ra\n");
    CHECK(trimmed(" \t ").empty());
    CHECK(trimmed("").empty());
}

}  // namespace tollgate::characters_test
