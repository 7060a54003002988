#include "net/buffer.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using tollgate::net::BlockPool;
using tollgate::net::Buffer;

namespace {

void put(Buffer& buffer, std::string_view text, std::size_t most) {
    auto const room = buffer.prepare(most);
    REQUIRE(room.size() >= text.size());
    std::memcpy(room.data(), text.data(), text.size());
    buffer.commit(text.size());
}

}  // namespace

TEST_CASE("bytes come out in order, and consumed ones are gone") {
    BlockPool pool;
    Buffer buffer(pool);
    put(buffer, "hello ", 1024);
    put(buffer, "world", 1024);
    CHECK(buffer.text() == "hello world");
    buffer.consume(6);
    CHECK(buffer.text() == "world");
    buffer.consume(5);
    CHECK(buffer.empty());
}

TEST_CASE("a buffer grows to its bound and no further, and keeps what it holds") {
    BlockPool pool;
    Buffer buffer(pool);
    constexpr std::size_t most = 40 * 1024;
    std::string expected;
    for (char letter = 'a'; buffer.size() < most; ++letter) {
        auto const room = buffer.prepare(most);
        REQUIRE_FALSE(room.empty());
        std::memset(room.data(), letter, room.size());
        buffer.commit(room.size());
        expected.append(room.size(), letter);
    }
    CHECK(buffer.size() == most);
    CHECK(buffer.text() == expected);
    CHECK(buffer.prepare(most).empty());
    buffer.consume(most - 1);
    CHECK(buffer.prepare(most).size() >= most - 1);
    CHECK(buffer.text() == expected.substr(most - 1));
}

TEST_CASE("an empty buffer gives its block back, and the next one gets it") {
    BlockPool pool;
    Buffer first(pool);
    auto const* const block = first.prepare(100).data();
    first.release_if_empty();
    Buffer second(pool);
    CHECK(second.prepare(100).data() == block);
}
