#include "net/stream.hpp"

#include "support/await_on_worker.hpp"

#include <doctest/doctest.h>

#include <boost/asio/ip/tcp.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>

using namespace tollgate;
using namespace std::chrono_literals;
using net::Stream;

namespace {

// A stream on a worker that the test turns, and the peer's descriptor.
struct Bench {
    Bench() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        stream.emplace(worker, net::Descriptor(ends[0]));
        peer = ends[1];
    }
    Bench(Bench const&) = delete;
    Bench& operator=(Bench const&) = delete;
    ~Bench() {
        if (peer >= 0) ::close(peer);
    }
    void turn() { worker.poll(); }

    net::Worker worker{0};
    std::optional<Stream> stream;
    int peer = -1;
};

// An awaitable with a value, as await() wants it.
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
    ::close(std::exchange(bench.peer, -1));
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
    ::close(std::exchange(bench.peer, -1));
    bench.turn();
    CHECK(gone);
}

TEST_CASE(
    "a stream that lingers takes all that a client still sends, so that "
    "nothing is reset") {
    Bench bench;
    std::string const rest(3 * 1024 * 1024, 'x');
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
