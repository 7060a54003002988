#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace tollgate::base64url_test {
using namespace std::literals;

TEST_CASE("base64url encodes without padding and with the URL alphabet") {
    struct Row {
        std::string_view bytes;
        std::string_view text;
    };
    for (auto const& row : std::vector<Row>{
             // RFC 4648, section 10
             {"", ""},
             {"f", "Zg"},
             {"fo", "Zm8"},
             {"foo", "Zm9v"},
             {"foob", "Zm9vYg"},
             {"fooba", "Zm9vYmE"},
             {"foobar", "Zm9vYmFy"},
             {"\xfb\xff\xfe", "-__-"},
             {"\0"sv, "AA"},
         }) {
        CAPTURE(row.text);
        CHECK(base64url::encode(row.bytes) == row.text);
        CHECK(base64url::decode(row.text) == std::string(row.bytes));
    }
}

TEST_CASE("what is encoded is decoded again, whatever the bytes and the length") {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i * 7 + 3);
        CHECK(base64url::decode(base64url::encode(bytes)) == bytes);
    }
}

TEST_CASE("a value has one spelling") {
    for (auto const text : {
             "Zg=="sv,  "Zm8="sv,    "="sv,     "Zg="sv,       // padding
             "+__-"sv,  "-//-"sv,    "Zm+v"sv,  "Zm/v"sv,      // the other alphabet
             " Zg"sv,   "Zg\n"sv,    "Zm 9v"sv, "Zm\r\n9v"sv,  // white space
             "Z"sv,     "Zm9vY"sv,                             // one character more than whole bytes
             "Zh"sv,    "Zn"sv,      "Z_"sv,    "Zm9"sv,      "Zm-"sv,      "AB"sv,  // spare bits
             "Zm\0v"sv, "Zm\xc3v"sv, "Zm.v"sv,  "Zm\x7fv"sv,  "\xff\xff"sv,
         }) {
        CAPTURE(text);
        CHECK(base64url::decode(text) == std::nullopt);
    }
}

TEST_CASE("decoding into memory of the caller never writes more than fits") {
    std::array<char, 4> out{'x', 'x', 'x', 'x'};
    CHECK(base64url::decode_into("Zm9v", std::span(out).first(3)) == 3);
    CHECK(std::string_view(out.data(), 4) == "foox");
    CHECK(base64url::decode_into("Zm9v", std::span(out).first(2)) == std::nullopt);
    CHECK(base64url::decode_into("", std::span(out).first(0)) == 0);
    CHECK(base64url::decode_into("Zg", std::span(out).first(1)) == 1);
    CHECK(base64url::decode_into("Zg", std::span(out).first(0)) == std::nullopt);
}

TEST_CASE("a text is what its bits say, wherever a byte of it stands") {
    constexpr auto alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"sv;
    for (std::size_t size = 1; size < 12; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, 'A');
                text[at] = static_cast<char>(byte);
                auto const value = alphabet.find(text[at]);
                auto const decoded = base64url::decode(text);
                // Bits behind the last whole byte are zero, all the others are free.
                auto const spare = size * 6 % 8;
                bool const good =
                    value != std::string_view::npos && size % 4 != 1 && (at + 1 < size || value % (1U << spare) == 0);
                CAPTURE(text);
                REQUIRE(decoded.has_value() == good);
                if (good) CHECK(base64url::encode(*decoded) == text);
            }
        }
    }
}

}  // namespace tollgate::base64url_test
