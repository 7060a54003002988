// A stream on a worker that the test turns, and the peer that speaks to it: a descriptor that blocks.
#pragma once

#include "net/stream.hpp"
#include "net/worker.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace tollgate::testing {

struct StreamPair {
    StreamPair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
        stream.emplace(worker, Descriptor(ends[0]));
        peer = ends[1];
    }
    StreamPair(StreamPair const&) = delete;
    StreamPair& operator=(StreamPair const&) = delete;
    ~StreamPair() { hang_up(); }

    void hang_up() {
        if (auto const end = std::exchange(peer, -1); end >= 0) ::close(end);
    }
    void say(std::string_view text) const {
        REQUIRE(::send(peer, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
                static_cast<ssize_t>(text.size()));
    }

    net::Worker worker{0};
    std::optional<net::Stream> stream;
    int peer = -1;  // -1: hung up
};

}  // namespace tollgate::testing
