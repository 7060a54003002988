#include "net/buffer.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <list>
#include <string>

namespace tollgate::buffer_test {
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

TEST_CASE("what comes fast gets a large block, which goes back with the bytes and is lent again") {
    BlockPool pool;
    Buffer first(pool);
    put(first, "a little", 1024);
    first.consume(8);
    auto const room = first.prepare_large(1024);
    CHECK(room.size() == BlockPool::large_block_bytes);
    std::memset(room.data(), 'x', room.size());
    first.commit(room.size());
    CHECK((first.text() == std::string(BlockPool::large_block_bytes, 'x')));
    first.consume(room.size());
    CHECK(first.prepare_large(1024).data() == room.data());
    first.release_if_empty();
    Buffer second(pool);
    CHECK(second.prepare_large(1024).data() == room.data());
    CHECK(first.prepare(1024).size() == 1024);
}

TEST_CASE("a buffer that holds something, or comes when enough large blocks are lent, makes do with a small one") {
    BlockPool pool;
    Buffer holding(pool);
    put(holding, "unread", 1024);
    CHECK(holding.prepare_large(1024).size() == 1024 - 6);
    CHECK(holding.text() == "unread");

    std::list<Buffer> lent;
    for (std::size_t i = 0; i < BlockPool::most_large_lent; ++i)
        REQUIRE(lent.emplace_back(pool).prepare_large(1024).size() == BlockPool::large_block_bytes);
    Buffer late(pool);
    CHECK(late.prepare_large(BlockPool::block_bytes).size() == BlockPool::block_bytes);
    lent.pop_back();
    CHECK(late.prepare_large(1024).size() == BlockPool::large_block_bytes);
    CHECK(lent.emplace_back(pool).prepare_large(1024).size() == 1024);
}

}  // namespace tollgate::buffer_test
