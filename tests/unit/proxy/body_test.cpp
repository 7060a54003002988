#include "proxy/body.hpp"

#include "support/await_on_worker.hpp"

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <limits>
#include <string>

using namespace tollgate;
using namespace tollgate::proxy;
using namespace std::chrono_literals;

namespace {

// Reads a body whose next bytes are always there already, until something else ran on its worker.
asio::awaitable<std::size_t> read_until_others_run(net::Worker& worker, BodyReader& body, int peer) {
    constexpr std::size_t most = 16UL * 1024 * 1024;
    std::string const block(256 * 1024, 'x');
    bool others_ran = false;
    std::size_t bytes = 0;
    for (bool first = true; !others_ran && bytes < most; first = false) {
        while (::send(peer, block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
        }
        auto const filled = co_await body.fill(1s);
        if (!filled) co_return most;
        bytes += body.take().value_or("").size();
        if (first) worker.post([&others_ran] { others_ran = true; });
    }
    co_return bytes;
}

}  // namespace

TEST_CASE("a body that comes as fast as it is read leaves the worker to others now and again") {
    net::Worker worker{0};
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    net::Stream stream(worker, net::Descriptor(ends[0]));
    net::Buffer buffer(worker.blocks());
    BodyReader body(stream, buffer, {http::BodyKind::until_close, 0}, std::numeric_limits<std::uint64_t>::max());
    CHECK(testing::await(worker, read_until_others_run(worker, body, ends[1])) < 2UL * 1024 * 1024);
    ::close(ends[1]);
}
