#include "net/socket.hpp"

#include <doctest/doctest.h>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::socket_test {
using net::Socket;

namespace {

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        mine = Socket(Descriptor(ends[0]));
        peer = Descriptor(ends[1]);
    }
    void say(std::string const& what) const {
        REQUIRE(::send(peer.get(), what.data(), what.size(), 0) == static_cast<ssize_t>(what.size()));
    }
    Socket mine;
    Descriptor peer;
    std::array<char, 8> room{};
};

}  // namespace

TEST_CASE("a read that brings less than there is room for has emptied the socket") {
    Pair pair;
    pair.say("0123456789");
    pair.mine.note(EPOLLIN);
    CHECK(pair.mine.receive(pair.room) == 8);
    CHECK(pair.mine.may_be_readable());
    CHECK(pair.mine.receive(pair.room) == 2);
    CHECK_FALSE(pair.mine.may_be_readable());
    pair.mine.note(EPOLLIN);
    CHECK(pair.mine.may_be_readable());
    CHECK(pair.mine.receive(pair.room) == -1);
    CHECK_FALSE(pair.mine.may_be_readable());
}

TEST_CASE("an end that was told of with the last bytes is still there when they are read") {
    Pair pair;
    pair.say("01");
    pair.peer = {};
    pair.mine.note(EPOLLIN | EPOLLRDHUP);
    CHECK(pair.mine.has_ended());
    CHECK(pair.mine.receive(pair.room) == 2);
    CHECK(pair.mine.may_be_readable());
    CHECK(pair.mine.receive(pair.room) == 0);
    CHECK(pair.mine.may_be_readable());
}

TEST_CASE("a look leaves everything where it is") {
    Pair pair;
    CHECK(pair.mine.receive(pair.room, MSG_PEEK) == -1);
    CHECK_FALSE(pair.mine.may_be_readable());
    pair.say("01");
    pair.mine.note(EPOLLIN);
    CHECK(pair.mine.receive(pair.room, MSG_PEEK) == 2);
    CHECK(pair.mine.may_be_readable());
    CHECK_FALSE(pair.mine.is_quiet());
    CHECK(pair.mine.receive(pair.room) == 2);
    pair.mine.note(EPOLLIN);  // of what was read already
    CHECK(pair.mine.is_quiet());
    CHECK_FALSE(pair.mine.may_be_readable());
    pair.peer = {};
    CHECK_FALSE(pair.mine.is_quiet());
    CHECK(pair.mine.has_ended());
}

TEST_CASE("a write that is taken in part has filled the socket") {
    Pair pair;
    pair.mine.note(EPOLLOUT);
    CHECK(pair.mine.may_be_writable());
    std::vector<char> much(8 * 1024 * 1024);
    iovec const piece{much.data(), much.size()};
    CHECK(pair.mine.send({&piece, 1}) < static_cast<ssize_t>(much.size()));
    CHECK_FALSE(pair.mine.may_be_writable());
    pair.mine.note(EPOLLOUT);
    CHECK(pair.mine.may_be_writable());
    pair.peer = {};
    CHECK(pair.mine.send({&piece, 1}) == -1);  // and no SIGPIPE
}

TEST_CASE("a failure is an end, and both directions are worth a try") {
    for (std::uint32_t const failure : {EPOLLERR, EPOLLHUP}) {
        Socket socket;
        socket.note(failure);
        CHECK(socket.has_ended());
        CHECK(socket.may_be_readable());
        CHECK(socket.may_be_writable());
    }
}

}  // namespace tollgate::socket_test
