#include "net/tls_wire.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tollgate::tls_wire_test {
using tollgate::Descriptor;
using tollgate::net::Socket;
using tollgate::net::TlsWire;

namespace {

struct Pair {
    Pair() {
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
        socket = Socket(Descriptor(ends[0]));
    }
    Pair(Pair const&) = delete;
    Pair& operator=(Pair const&) = delete;
    ~Pair() {
        if (ends[1] >= 0) ::close(ends[1]);
    }

    void say(std::string_view bytes) const {
        REQUIRE(::send(ends[1], bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    }

    std::array<int, 2> ends{};
    Socket socket;  // has the first
};

// Reads for as long as something comes: how many bytes, and what came instead of more.
struct Got {
    std::size_t bytes;
    int end;
};
Got read_all(TlsWire& wire, std::size_t at_once = 512) {
    std::string room(at_once, '\0');
    for (std::size_t total = 0;;) {
        auto const count = wire.read(room);
        if (count <= 0) return {total, count};
        total += static_cast<std::size_t>(count);
    }
}

std::string const useful(1, '\x17');  // begins a record that is no handshake

std::string hello(std::string_view record_length, std::string_view message_length) {
    return std::string("\x16\x03\x01", 3).append(record_length).append("\x01").append(message_length);
}

}  // namespace

TEST_CASE("one call of OpenSSL reads no more than it is allowed to, and the next one the rest") {
    Pair pair;
    TlsWire wire(pair.socket, TlsWire::Role::server);
    pair.say(useful + std::string(9'999, 'x'));
    CHECK(read_all(wire).end == TlsWire::again);
    wire.allow(TlsWire::most_of_handshake_step);
    auto const first = read_all(wire);
    CHECK(first.bytes == TlsWire::most_of_handshake_step);
    CHECK(first.end == TlsWire::again);
    wire.allow(100'000);
    CHECK(read_all(wire).bytes == 10'000 - TlsWire::most_of_handshake_step);
}

TEST_CASE("a peer that says nothing of use is broken with, and one that does is not") {
    for (bool const is_useful : {false, true}) {
        CAPTURE(is_useful);
        Pair pair;
        TlsWire wire(pair.socket, TlsWire::Role::client);
        std::size_t total = 0;
        int end = TlsWire::again;
        for (int i = 0; i < 20 && end == TlsWire::again; ++i) {
            pair.say(std::string(10'000, 'x'));
            wire.allow(10'000);
            auto const got = read_all(wire);
            total += got.bytes;
            end = wire.read(std::span<char>{});
            if (is_useful) wire.was_useful();
        }
        CHECK(end == (is_useful ? TlsWire::again : TlsWire::broken));
        if (is_useful) CHECK(total == 200'000);
        if (!is_useful) CHECK(total <= TlsWire::most_useless + 512);
    }
}

TEST_CASE("the end of a peer is one") {
    Pair pair;
    TlsWire wire(pair.socket, TlsWire::Role::server);
    wire.allow(10);
    ::close(std::exchange(pair.ends[1], -1));
    CHECK_FALSE(wire.at_end());
    CHECK(read_all(wire).end == 0);
    CHECK(wire.at_end());
}

TEST_CASE("a first message that is far too long is refused before anybody takes memory for it") {
    struct Row {
        char const* what;
        std::string bytes;
        bool refused;
    };
    using namespace std::string_literals;
    for (auto const& [what, bytes, refused] : {
             Row{"an ordinary one", hello("\x02\x00"s, "\x00\x01\xfc"s), false},
             Row{"one of 16 KiB", hello("\x40\x00"s, "\x00\x40\x00"s), false},
             Row{"one byte more", hello("\x40\x00"s, "\x00\x40\x01"s), true},
             Row{"one of 128 KiB in a small record", hello("\x00\x04"s, "\x02\x01\x44"s), true},
             Row{"a record of 3 bytes", hello("\x00\x03"s, "\x00\x00"s), true},
             Row{"an empty record", hello("\x00\x00"s, ""s), true},
             Row{"no TLS", "GET / HTTP/1.1"s, false},
         }) {
        CAPTURE(what);
        for (std::size_t const at_once : {std::size_t{1}, std::size_t{5}, std::size_t{512}}) {
            CAPTURE(at_once);
            Pair pair;
            TlsWire wire(pair.socket, TlsWire::Role::server);
            pair.say(bytes);
            wire.allow(4096);
            CHECK((read_all(wire, at_once).end == TlsWire::broken) == refused);
        }
    }
}

TEST_CASE("a server's first message may be as long as it likes") {
    Pair pair;
    TlsWire wire(pair.socket, TlsWire::Role::client);
    pair.say(hello(std::string("\x00\x04", 2), "\x02\x01\x44"));
    wire.allow(4096);
    CHECK(read_all(wire).end == TlsWire::again);
}

}  // namespace tollgate::tls_wire_test
