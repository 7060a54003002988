#include "net/stream.hpp"

#include "support/await_on_worker.hpp"
#include "support/stream_pair.hpp"

#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tollgate::stream_test {
using namespace std::chrono_literals;
using net::Stream;

namespace {

struct Bench : testing::StreamPair {
    void turn() { worker.poll(); }
};

// A task with a value, as await() wants it.
net::Task<bool> lingered(Stream& stream) {
    co_await stream.linger();
    co_return true;
}

}  // namespace

TEST_CASE(
    "a watch that is set while an interrupt still ends the one before "
    "notices that the peer leaves") {
    Bench bench;
    int gone = 0;
    bench.stream->watch(Stream::OnBytes::ignore, [&gone] { gone += 10; });
    bench.turn();
    bench.stream->interrupt(errc::draining);
    bench.stream->clear_interrupt();
    bench.stream->unwatch();
    bench.stream->watch(Stream::OnBytes::ignore, [&gone] { gone += 1; });
    bench.turn();
    CHECK(gone == 0);
    bench.hang_up();
    bench.turn();
    CHECK(gone == 1);
}

TEST_CASE("a watch outlives a wait of the other direction that was too long") {
    Bench bench;
    bool gone = false;
    bench.stream->watch(Stream::OnBytes::ignore, [&gone] { gone = true; });
    std::string const much(4 * 1024 * 1024, 'x');
    net::Gather gather;
    gather.add(much);
    auto const written = testing::await(bench.worker, bench.stream->write_rest(gather, 60ms));
    CHECK(written.error() == errc::timed_out);
    bench.turn();
    CHECK_FALSE(gone);
    bench.hang_up();
    bench.turn();
    CHECK(gone);
}

TEST_CASE("room that there was before anybody waited for it is not missed") {
    Bench bench;
    std::string const much(64 * 1024, 'x');
    std::string taken(much.size(), '\0');
    auto write = [&] {
        net::Gather gather;
        gather.add(much);
        return bench.stream->write_some(gather);
    };
    for (int round = 0; round < 3; ++round) {
        while (write().value_or(0) > 0) {
        }
        bench.turn();
        while (::recv(bench.peer, taken.data(), taken.size(), MSG_DONTWAIT) > 0) {
        }
        if (round == 1) bench.turn();
        CHECK(testing::await(bench.worker, bench.stream->writable(2s)) == Result<void>{});
        CHECK(write().value_or(0) > 0);
    }
}

TEST_CASE("a call hears of bytes, of an end and of an interrupt, whether they came before it or not") {
    for (bool const before : {false, true}) {
        CAPTURE(before);
        for (int const what : {0, 1, 2}) {
            CAPTURE(what);
            Bench bench;
            auto happen = [&] {
                if (what == 0) CHECK(::send(bench.peer, "x", 1, 0) == 1);
                if (what == 1) bench.hang_up();
                if (what == 2) bench.stream->interrupt(errc::draining);
            };
            std::optional<Result<void>> heard;
            if (before) happen();
            bench.turn();
            bench.stream->when_readable(1h, [&](Result<void> result) { heard = std::move(result); });
            CHECK_FALSE(heard);
            if (!before) happen();
            CHECK_FALSE(heard);
            bench.turn();
            REQUIRE(heard);
            CHECK(*heard == (what == 2 ? failure(errc::draining) : Result<void>{}));
        }
    }
}

TEST_CASE("a stream that its own call owns goes when the call has had its turn, and with the loop") {
    for (bool const ended : {true, false}) {
        CAPTURE(ended);
        net::Worker worker{0};
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        Descriptor const peer(ends[1]);
        auto owned = std::make_unique<Stream>(worker, Descriptor(ends[0]));
        auto& stream = *owned;
        stream.when_readable(1h, [owned = std::move(owned)](Result<void>) {});
        std::array<char, 1> byte{};
        CHECK(::recv(peer.get(), byte.data(), 1, 0) < 0);
        if (ended) stream.interrupt(errc::draining);
        if (ended) worker.poll();
        else worker.loop().abandon();
        CHECK(::recv(peer.get(), byte.data(), 1, 0) == 0);
    }
}

TEST_CASE(
    "a stream that lingers takes all that a client still sends, so that "
    "nothing is reset") {
    Bench bench;
    std::string const rest(20 * 1024 * 1024, 'x');
    auto sending = std::async(std::launch::async, [&] {
        std::size_t sent = 0;
        while (sent < rest.size()) {
            auto const count = ::send(bench.peer, rest.data() + sent, rest.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) break;
            sent += static_cast<std::size_t>(count);
        }
        ::shutdown(bench.peer, SHUT_WR);
        return sent;
    });
    testing::await(bench.worker, lingered(*bench.stream));
    CHECK(sending.get() == rest.size());
}

TEST_CASE("a stream lingers for as long as a slow client goes on") {
    Bench bench;
    auto sending = std::async(std::launch::async, [&] {
        int sent = 0;
        for (; sent < 6 && ::send(bench.peer, "x", 1, MSG_NOSIGNAL) == 1; ++sent) std::this_thread::sleep_for(500ms);
        ::shutdown(bench.peer, SHUT_WR);
        return sent;
    });
    testing::await(bench.worker, lingered(*bench.stream));
    CHECK(sending.get() == 6);
}

TEST_CASE(
    "only a lack of descriptors or memory is one of connections; a "
    "family that is not there is no server") {
    net::Endpoint nowhere;
    nowhere.data()->sa_family = AF_MAX - 1;
    auto const unknown = net::open_socket(nowhere);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error() == errc::upstream_refused);

    boost::asio::ip::tcp::endpoint const loopback(boost::asio::ip::address_v4::loopback(), 1);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 3;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    auto const exhausted = net::open_socket(loopback);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    REQUIRE_FALSE(exhausted);
    CHECK(exhausted.error() == errc::too_many_connections);
}

}  // namespace tollgate::stream_test
