#include "base/scan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace tollgate::scan_test {
using namespace std::literals;

namespace {

bool is_target(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }
bool is_visible_target(char c) { return is_visible(c) && c != '#'; }
bool is_unreserved(char c) { return in(unreserved_characters, c); }
bool is_plain_in_name(char c) { return is_letter(c) || is_digit(c) || c == '-'; }
bool is_in_bearer_token(char c) { return is_letter(c) || is_digit(c) || "-._~+/"sv.contains(c); }
bool is_ascii_json(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}
bool is_printable_json(char c) { return is_ascii_json(c) && c != 0x7f; }

std::size_t leading_by_bytes(std::string_view text, bool (*belongs)(char)) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
}

// Every byte at every place of texts of every length up to three large blocks, behind bytes that belong; a second one
// that does not belong stands further on, or none does.
template <class Class, class Block>
void check_like_bytes(bool (*belongs)(char)) {
    for (std::size_t size = 0; size <= 50; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'a');
            for (bool const spoiled : {false, true}) {
                if (spoiled) text.back() = '\0';
                for (int byte = 0; byte < 256; ++byte) {
                    text[at] = static_cast<char>(byte);
                    auto const expected = leading_by_bytes(text, belongs);
                    auto const found = leading<Class, Block>(text);
                    if (found == expected) continue;
                    CAPTURE(size);
                    CAPTURE(at);
                    CAPTURE(byte);
                    REQUIRE(found == expected);
                }
            }
        }
    }
}

template <class Class>
void check_like_bytes(bool (*belongs)(char)) {
    CHECK(leading<Class>("") == 0);
    check_like_bytes<Class, WordBlock>(belongs);
    check_like_bytes<Class, ByteBlock>(belongs);
}

}  // namespace

TEST_CASE("a class of bytes is the same whether one is looked at or many") {
    check_like_bytes<ValueCharacters>(is_value_character);
    check_like_bytes<PlainNameCharacters>(is_plain_in_name);
    check_like_bytes<LineCharacters>([](char c) { return c != '\n'; });
    check_like_bytes<TargetCharacters>(is_target);
    check_like_bytes<VisibleTargetCharacters>(is_visible_target);
    check_like_bytes<UnreservedCharacters>(is_unreserved);
    check_like_bytes<BearerCharacters>(is_in_bearer_token);
    check_like_bytes<JsonCharacters>(is_ascii_json);
    check_like_bytes<PrintableJsonCharacters>(is_printable_json);
}

TEST_CASE("a run of bytes that all differ is judged byte by byte, whatever stands beside it") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    for (std::size_t begin = 0; begin < all.size(); ++begin) {
        auto const text = std::string_view(all).substr(begin);
        CAPTURE(begin);
        CHECK(leading<ValueCharacters>(text) == leading_by_bytes(text, is_value_character));
        CHECK(leading<ValueCharacters, WordBlock>(text) == leading_by_bytes(text, is_value_character));
        CHECK(leading<BearerCharacters>(text) == leading_by_bytes(text, is_in_bearer_token));
        CHECK(leading<PrintableJsonCharacters, WordBlock>(text) == leading_by_bytes(text, is_printable_json));
    }
}

TEST_CASE("what may stand in a field value is counted up to the first byte that may not, wherever it is") {
    for (int byte = 0; byte < 256; ++byte) {
        for (std::size_t at = 0; at < 40; ++at) {
            CAPTURE(byte);
            CAPTURE(at);
            std::string text(40, 'a');
            text[at] = static_cast<char>(byte);
            CHECK(value_length(text) == (is_value_character(text[at]) ? text.size() : at));
        }
    }
    CHECK(value_length("") == 0);
}

TEST_CASE("token characters are counted up to the first byte that is none, marks among them") {
    for (std::size_t size = 0; size < 40; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text(size, 'x');
            text[at / 2] = '_';
            for (int byte = 0; byte < 256; ++byte) {
                text[at] = static_cast<char>(byte);
                auto const expected = leading_by_bytes(text, [](char c) { return in(token_characters, c); });
                if (token_length(text) == expected) continue;
                CAPTURE(text);
                REQUIRE(token_length(text) == expected);
            }
        }
    }
}

TEST_CASE("nothing behind a text is looked at") {
    auto const text = "abcdefghijklmnopqrstuvwxyz0123456789\r\n"sv;
    for (std::size_t size = 0; size < 37; ++size) CHECK(value_length(text.substr(0, size)) == size);
}

}  // namespace tollgate::scan_test
