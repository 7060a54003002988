#include "base/text_writer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

namespace tollgate::text_writer_test {

TEST_CASE("what is put into measured room stands there in order") {
    std::array<char, 64> room{};
    TextWriter writer(room);
    writer.put("a").put("").put(std::string_view{}).put(' ').number(0U).put(' ').number(42U).put(' ').digits(7U, 3);
    CHECK(writer.text() == "a 0 42 007");
    CHECK(writer.size() == 10);
}

TEST_CASE("the largest number fits into what a number may take, and digits beyond those asked for are left out") {
    std::array<char, TextWriter::number_bytes> room{};
    TextWriter writer(room);
    writer.number(std::numeric_limits<std::uint64_t>::max());
    CHECK(writer.text() == "18446744073709551615");
    TextWriter again(room);
    again.digits(123'456U, 4).digits(0U, 0);
    CHECK(again.text() == "3456");
}

TEST_CASE("the last digits of a number are those that it ends with") {
    for (unsigned value = 0; value < 12'345; value += 7) {
        auto const padded = "0000000" + std::to_string(value);
        for (std::size_t count = 0; count < 8; ++count) {
            std::array<char, 8> room{};
            CHECK(TextWriter(room).digits(value, count).text() == padded.substr(padded.size() - count));
        }
    }
}

TEST_CASE("a hexadecimal number has all its digits, in lower case") {
    std::array<char, 32> room{};
    CHECK(TextWriter(room).hexadecimal(0x0123'4567'89ab'cdef).hexadecimal(1).text() ==
          "0123456789abcdef0000000000000001");
}

TEST_CASE("each hexadecimal digit stands in each place") {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t value = 0; value < 16; ++value) {
        for (unsigned place = 0; place < 16; ++place) {
            std::array<char, 16> room{};
            std::string expected(16, '0');
            expected[15 - place] = digits[value];
            CHECK(TextWriter(room).hexadecimal(std::uint64_t{value} << (4 * place)).text() == expected);
        }
    }
}

TEST_CASE("a text of any length is copied, and nothing beside it is written") {
    std::string text;
    for (std::size_t size = 0; size < 100; ++size) {
        std::string room(size + 2, '.');
        CHECK(copy_text(room.data() + 1, text) == room.data() + 1 + size);
        CHECK(room == "." + text + ".");
        text += static_cast<char>('a' + size % 26);
    }
}

TEST_CASE("what is written is appended to what was there, and no byte more") {
    std::string out = "before ";
    append_written(out, 1000, [](TextWriter& writer) { writer.put("after"); });
    CHECK(out == "before after");
    append_written(out, 0, [](TextWriter&) {});
    CHECK(out == "before after");
}

}  // namespace tollgate::text_writer_test
