#include "http/chunked.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace tollgate::chunked_test {
using namespace tollgate::http;
using namespace std::literals;

namespace {

struct Outcome {
    bool refused = false;
    bool done = false;
    std::string data;
    std::string trailers;
    std::size_t consumed = 0;

    bool operator==(Outcome const&) const = default;
};

// Feeds `pieces` one after the other, as a connection does: what is not consumed stays in front of what comes next.
Outcome feed(std::vector<std::string_view> const& pieces) {
    ChunkedReader reader;
    Outcome outcome;
    std::string rest;
    for (auto const piece : pieces) {
        rest += piece;
        auto const step = reader.read(rest);
        if (!step) {
            CHECK(step.error() == errc::bad_request_framing);
            CHECK_FALSE(reader.done());
            outcome.refused = true;
            return outcome;
        }
        outcome.data += rest.substr(0, step->data);
        outcome.consumed += step->consumed;
        rest.erase(0, step->consumed);
    }
    outcome.done = reader.done();
    outcome.trailers = reader.trailers();
    return outcome;
}

std::vector<std::string_view> bytes_of(std::string_view text) {
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    return bytes;
}

}  // namespace

TEST_CASE("the data of all chunks is moved together at the front") {
    std::string input = "4\r\nWiki\r\n5;a=b\r\npedia\r\n0\r\n\r\nGET /";
    ChunkedReader reader;
    auto const step = reader.read(input);
    REQUIRE(step);
    CHECK(step->data == 9);
    CHECK(input.substr(0, 9) == "Wikipedia");
    CHECK(input.substr(step->consumed) == "GET /");
    CHECK(reader.done());
    CHECK(reader.trailers().empty());
}

TEST_CASE("a body is the same wherever its bytes are cut") {
    constexpr auto message = "4\r\nWiki\r\n00a;x=\"y;z\"\r\n0123456789\r\n1\r\n\n\r\n0;last\r\nA: b\r\nC:\td\r\n\r\n"sv;
    auto const whole = feed({message});
    CHECK_FALSE(whole.refused);
    CHECK(whole.done);
    CHECK(whole.data == "Wiki0123456789\n");
    CHECK(whole.trailers == "A: b\r\nC:\td\r\n");
    CHECK(whole.consumed == message.size());
    CHECK(feed(bytes_of(message)) == whole);
    for (std::size_t first = 0; first <= message.size(); ++first) {
        for (std::size_t second = first; second <= message.size(); ++second) {
            CAPTURE(first);
            CAPTURE(second);
            CHECK(feed({message.substr(0, first), message.substr(first, second - first), message.substr(second)}) ==
                  whole);
        }
    }
}

TEST_CASE("a body that has not ended is not done") {
    constexpr auto message = "3\r\nabc\r\n0\r\nA: b\r\n\r\n"sv;
    for (std::size_t length = 0; length < message.size(); ++length) {
        auto const outcome = feed({message.substr(0, length)});
        CAPTURE(length);
        CHECK_FALSE(outcome.refused);
        CHECK_FALSE(outcome.done);
        CHECK(outcome.consumed == length);
    }
}

TEST_CASE("what others repair is refused") {
    for (auto const message : {
             "\r\n"sv,
             " 1\r\na\r\n"sv,
             "+1\r\na\r\n"sv,
             "-1\r\na\r\n"sv,
             "0x1\r\na\r\n"sv,
             "g\r\n"sv,
             ";a\r\n"sv,
             "1 \r\na\r\n"sv,
             "1\t\r\na\r\n"sv,
             "1 ;a\r\na\r\n"sv,
             "1,\r\na\r\n"sv,
             "1_0\r\n"sv,
             "1\na\r\n"sv,
             "1\r"
             "a"sv,
             "1\r\r\na"sv,
             "1\n\r\na"sv,
             "1\r\nab\r\n"sv,
             "1\r\na\n0\r\n\r\n"sv,
             "1\r\na\r0"sv,
             "1\r\na0\r\n\r\n"sv,
             "1\r\na\r\n\r\n"sv,
             "1;a\nb\r\n"sv,
             "1;a\rb\r\n"sv,
             "1;a\0\r\n"sv,
             "1;\x01\r\n"sv,
             "1;\x7f\r\n"sv,
             "00000000000000001\r\na\r\n"sv,
             "10000000000000000\r\n"sv,
             "fffffffffffffffff\r\n"sv,
             "0\r\nA\r\n"sv,
             "0\r\nA : b\r\n"sv,
             "0\r\n A: b\r\n"sv,
             "0\r\nA: b\r\n c\r\n"sv,
             "0\r\nA: b\nC: d\r\n"sv,
             "0\r\nA: b\rC\r\n"sv,
             "0\r\nA: \0\r\n"sv,
             "0\r\n: b\r\n"sv,
             "0\r\n\n"sv,
             "0\r\n\r\r\n"sv,
             "0\r\nA: b\r\n\r0"sv,
             "0\n\n"sv,
             "0\r\n\xff: b\r\n"sv,
         }) {
        CAPTURE(message);
        CHECK(feed({message}).refused);
        CHECK(feed(bytes_of(message)).refused);
    }
}

TEST_CASE("a reader that has refused goes on refusing") {
    ChunkedReader reader;
    std::string bad = "x";
    CHECK_FALSE(reader.read(bad));
    std::string good = "0\r\n\r\n";
    CHECK_FALSE(reader.read(good));
    CHECK_FALSE(reader.done());
}

TEST_CASE("the largest size is read without overflow") {
    ChunkedReader reader;
    std::string input = "FFFFffffFFFFffff\r\nabc";
    auto const step = reader.read(input);
    REQUIRE(step);
    CHECK(step->data == 3);
    CHECK(step->consumed == input.size());
    CHECK_FALSE(reader.done());
}

TEST_CASE("extensions are bounded for each chunk, the trailer section as a whole") {
    auto const with_extension = [](std::size_t size) { return "1;" + std::string(size, 'x') + "\r\na\r\n"; };
    CHECK_FALSE(feed({with_extension(256) + with_extension(256)}).refused);
    CHECK(feed({with_extension(257)}).refused);
    CHECK(feed({"1;" + std::string(257, 'x')}).refused);  // at once, not when its line ends

    auto const with_trailer = [](std::size_t size) { return "0\r\nA: " + std::string(size, 'x') + "\r\n\r\n"; };
    auto const frame = "A: \r\n\r\n"sv.size();
    CHECK(feed({with_trailer(8192 - frame)}).done);
    CHECK(feed({with_trailer(8193 - frame)}).refused);
    CHECK(feed({"0\r\nA: " + std::string(8192, 'x')}).refused);
}

TEST_CASE("a chunk begins with its size in hexadecimal") {
    struct Row {
        std::size_t size;
        std::string_view line;
    };
    for (auto const& row :
         std::vector<Row>{{1, "1\r\n"}, {10, "a\r\n"}, {4096, "1000\r\n"}, {~std::size_t{0}, "ffffffffffffffff\r\n"}}) {
        std::array<char, 18> out{};
        CHECK(std::string_view(out.data(), write_chunk_size(row.size, out)) == row.line);
    }
    std::string input;
    std::array<char, 18> out{};
    input.append(out.data(), write_chunk_size(11, out)).append("hello world\r\n").append(last_chunk);
    CHECK(feed({input}).data == "hello world");
    CHECK(feed({input}).done);
}

}  // namespace tollgate::chunked_test
