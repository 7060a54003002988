// A connection to a server that speaks TLS, while nobody uses it.
#include "net/stream.hpp"
#include "net/tls_client.hpp"
#include "support/await_on_worker.hpp"
#include "support/tls.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::stream_tls_test {
using namespace tollgate::testing;
using namespace std::chrono_literals;

namespace {

// A stream that shook hands with a server; nothing of the event loop runs unless the test asks.
struct Shaken {
    explicit Shaken(std::size_t tickets = 2) : server({.own = certify("a.example"), .tickets = tickets}) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        auto accepting = std::async(std::launch::async, [&] { return server.accept(Socket(ends[1])); });
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        descriptor = ends[0];
        stream.emplace(worker, Descriptor(ends[0]));
        auto context = net::TlsClientContext::create({.ca = {}, .certificate = {}, .key = {}, .verify = false});
        REQUIRE(context);
        auto target = std::make_shared<net::TlsTarget>(std::move(*context), "a.example");
        REQUIRE(testing::await(worker, stream->connect_tls(std::move(target), 5s)));
        peer.emplace(accepting.get());
    }

    TlsServer server;
    net::Worker worker{0};
    std::optional<net::Stream> stream;
    std::optional<TlsPeer> peer;
    int descriptor = -1;  // of the stream
};

}  // namespace

TEST_CASE("a server that says only what is TLS's own is quiet") {
    for (std::size_t const tickets : {0U, 2U}) {
        Shaken shaken(tickets);
        CHECK(shaken.stream->is_quiet_now());
        shaken.peer->send_ticket();
        shaken.peer->send_ticket();
        CHECK(shaken.stream->is_quiet_now());
    }
}

TEST_CASE("a server that says something before it is asked is not quiet, nor is one that ends or is within a record") {
    {
        Shaken shaken;
        shaken.peer->send("HTTP/1.1 200 OK\r\n");
        CHECK_FALSE(shaken.stream->is_quiet_now());
        CHECK_FALSE(shaken.stream->is_quiet_now());  // what was looked at stays there
    }
    {
        Shaken shaken;
        shaken.peer->send_ticket();
        shaken.peer->send("H");
        CHECK_FALSE(shaken.stream->is_quiet_now());
    }
    {
        Shaken shaken;
        shaken.peer->say_goodbye();
        CHECK_FALSE(shaken.stream->is_quiet_now());
    }
    {
        Shaken shaken;
        shaken.peer->reset();
        CHECK_FALSE(shaken.stream->is_quiet_now());
    }
    {
        Shaken shaken;
        constexpr std::string_view half = "\x17\x03\x03";
        REQUIRE(::send(shaken.peer->descriptor(), half.data(), half.size(), 0) == 3);
        CHECK_FALSE(shaken.stream->is_quiet_now());
    }
}

TEST_CASE("what a write got out is told, and a record that is half sent is gone on with or is the end") {
    for (bool const same : {true, false}) {
        CAPTURE(same);
        Shaken shaken;
        int const little = 4096;
        REQUIRE(::setsockopt(shaken.descriptor, SOL_SOCKET, SO_SNDBUF, &little, sizeof little) == 0);
        std::string const body(200'000, 'x');
        std::string const other(200'000, 'y');
        net::Gather gather;
        gather.add(body);
        auto const sent = shaken.stream->write_some(gather);
        REQUIRE(sent);
        CHECK(*sent < body.size());
        CHECK_FALSE(gather.empty());
        if (same) {
            auto reading = std::async(std::launch::async, [&] { return shaken.peer->read_exactly(body.size()); });
            REQUIRE(testing::await(shaken.worker, shaken.stream->write_rest(gather, 5s)));
            CHECK((reading.get() == body));
            continue;
        }
        net::Gather next;
        next.add(other);
        CHECK(shaken.stream->write_some(next) == failure(errc::connection_reset));
        CHECK(shaken.stream->write_some(gather) == failure(errc::connection_reset));
    }
}

}  // namespace tollgate::stream_tls_test
