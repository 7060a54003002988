#include "upstream/pool.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

namespace tollgate::pool_test {
using namespace std::chrono_literals;
using upstream::Pool;

namespace {

// A pool on a worker that the test turns, and what the services at the other ends hold.
struct Bench {
    net::Worker worker{0};
    std::optional<Pool> pool{std::in_place, worker, settings::Connections{.idle = 100ms, .age = 1h, .max_idle = 20}};

    // Keeps a new connection; returns the other end's descriptor.
    int keep_one(std::chrono::milliseconds age = 0ms) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        auto stream = std::make_unique<net::Stream>(worker, Descriptor(ends[0]));
        auto connection = std::make_unique<upstream::Connection>(worker, std::move(stream));
        connection->opened -= age;
        pool->keep(std::move(connection));
        return ends[1];
    }
    void turn() { worker.poll(); }
};

}  // namespace

TEST_CASE("the freshest connection is taken first, marked as used before") {
    Bench bench;
    CHECK_FALSE(bench.pool->take());
    int const first = bench.keep_one();
    int const second = bench.keep_one();
    bench.turn();
    auto const taken = bench.pool->take();
    REQUIRE(taken);
    CHECK(taken->reused);
    REQUIRE(::write(second, "x", 1) == 1);
    std::array<char, 4> bytes{};
    CHECK(taken->stream->read_some(bytes) == 1U);
    CHECK(bench.pool->size() == 1);
    ::close(first);
    ::close(second);
}

TEST_CASE(
    "a connection that the service closes, or on which it speaks, is "
    "dropped, and so is an old one") {
    Bench bench;
    int const closed = bench.keep_one();
    int const spoken = bench.keep_one();
    int const silent = bench.keep_one();
    bench.turn();
    CHECK(bench.pool->size() == 3);
    ::close(closed);
    REQUIRE(::write(spoken, "x", 1) == 1);
    bench.turn();
    CHECK(bench.pool->size() == 1);
    std::this_thread::sleep_for(200ms);  // the age of a connection is real time:
                                         // it is the worker's wheel that turns
    bench.turn();
    bench.turn();
    CHECK(bench.pool->size() == 0);
    ::close(spoken);
    ::close(silent);
}

TEST_CASE(
    "a connection that is closed in the moment in which it is too old is "
    "dropped once") {
    Bench bench;
    for (int i = 0; i < 8; ++i) {
        int const peer = bench.keep_one();
        bench.turn();
        ::close(peer);
    }
    std::this_thread::sleep_for(200ms);  // both are ready when the worker is turned next
    for (int i = 0; i < 4; ++i) bench.turn();
    CHECK(bench.pool->size() == 0);
}

TEST_CASE(
    "a connection whose end or whose unasked words nobody has noticed "
    "yet is passed over") {
    Bench bench;
    int const silent = bench.keep_one();
    int const spoken = bench.keep_one();
    int const closed = bench.keep_one();
    REQUIRE(::write(spoken, "x", 1) == 1);
    ::close(closed);
    auto const taken = bench.pool->take();  // in the turn in which they were kept
    REQUIRE(taken);
    REQUIRE(::write(silent, "y", 1) == 1);
    std::array<char, 4> bytes{};
    CHECK(taken->stream->read_some(bytes) == 1U);
    CHECK(bytes[0] == 'y');
    CHECK(bench.pool->size() == 0);
    CHECK_FALSE(bench.pool->take());
    bench.turn();
    ::close(silent);
    ::close(spoken);
}

TEST_CASE("who takes a connection knows what the loop has been told in this turn") {
    struct Taker final : net::EventLoop::Item {
        explicit Taker(Pool& from) : pool(from) {}
        void run() override { taken = pool.take(); }
        Pool& pool;
        upstream::ConnectionPtr taken;
    };
    Bench bench;
    int const silent = bench.keep_one();
    int const spoken = bench.keep_one();
    int const closed = bench.keep_one();
    bench.turn();
    REQUIRE(::write(spoken, "x", 1) == 1);
    ::close(closed);
    Taker taker(*bench.pool);
    bench.worker.loop().due(taker);  // before any watch is
    bench.turn();
    REQUIRE(taker.taken);
    REQUIRE(::write(silent, "y", 1) == 1);
    std::array<char, 4> bytes{};
    CHECK(taker.taken->stream->read_some(bytes) == 1U);
    CHECK(bytes[0] == 'y');
    CHECK(bench.pool->size() == 0);
    ::close(silent);
    ::close(spoken);
}

TEST_CASE("a connection that has rested for a turn is taken before one that has just been kept") {
    Bench bench;
    int const rested = bench.keep_one();
    bench.turn();
    int const fresh = bench.keep_one();
    auto const first = bench.pool->take();
    REQUIRE(first);
    REQUIRE(::write(rested, "r", 1) == 1);
    std::array<char, 4> bytes{};
    CHECK(first->stream->read_some(bytes) == 1U);
    CHECK(bench.pool->take());
    ::close(rested);
    ::close(fresh);
}

TEST_CASE("a connection that was interrupted is not kept") {
    Bench bench;
    int const peer = bench.keep_one();
    auto connection = bench.pool->take();
    REQUIRE(connection);
    connection->stream->interrupt(errc::cancelled);
    bench.pool->keep(std::move(connection));
    CHECK(bench.pool->size() == 0);
    ::close(peer);
}

TEST_CASE(
    "a connection that is too old is not kept, and one that becomes so "
    "while it idles is dropped") {
    Bench bench;
    std::vector<int> peers{bench.keep_one(1h), bench.keep_one(2h)};
    CHECK(bench.pool->size() == 0);
    bench.pool.emplace(bench.worker, settings::Connections{.idle = 1h, .age = 1h});
    peers.push_back(bench.keep_one(1h - 1min));
    peers.push_back(bench.keep_one(1h - 50ms));
    bench.turn();
    CHECK(bench.pool->size() == 2);
    std::this_thread::sleep_for(200ms);  // as above
    bench.turn();
    bench.turn();
    CHECK(bench.pool->size() == 1);
    for (int const peer : peers) ::close(peer);
}

TEST_CASE(
    "no more connections are kept than wanted, none where none is "
    "wanted, and of any age where that does not matter") {
    Bench bench;
    std::vector<int> peers;
    for (int i = 0; i < 30; ++i) peers.push_back(bench.keep_one());
    CHECK(bench.pool->size() == 20);
    for (auto const& rules : {settings::Connections{.max_idle = 0}, settings::Connections{.idle = 0ms}}) {
        bench.pool.emplace(bench.worker, rules);
        peers.push_back(bench.keep_one());
        CHECK(bench.pool->size() == 0);
    }
    bench.pool.emplace(bench.worker, settings::Connections{.age = std::nullopt});
    peers.push_back(bench.keep_one(24h * 365));
    CHECK(bench.pool->size() == 1);
    for (int const peer : peers) ::close(peer);
}

}  // namespace tollgate::pool_test
