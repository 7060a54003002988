#include "auth/store/cut_off.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <vector>

namespace tollgate::cut_off_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;

namespace {

struct Pair {
    int ends[2] = {-1, -1};
    Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0); }
    Pair(Pair const&) = delete;
    Pair& operator=(Pair const&) = delete;
    ~Pair() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    // Blocks until the end of the stream.
    [[nodiscard]] ssize_t read() const {
        char byte = 0;
        return ::read(ends[0], &byte, 1);
    }
};

}  // namespace

TEST_CASE("a read that nobody answers ends when its time is over") {
    CutOff cut_off;
    Pair const silent;
    CutOff::Wait const wait(cut_off, 20ms, silent.ends[0]);
    CHECK(silent.read() == 0);
}

TEST_CASE("the one whose time is over first is cut first, whoever began first") {
    CutOff cut_off;
    Pair const later;
    Pair const sooner;
    CutOff::Wait const long_wait(cut_off, 30s, later.ends[0]);
    CutOff::Wait const short_wait(cut_off, 10ms, sooner.ends[0]);
    CHECK(sooner.read() == 0);
    char byte = 'x';
    CHECK(::write(later.ends[1], &byte, 1) == 1);
    CHECK(later.read() == 1);
}

TEST_CASE("a wait that is over cuts nothing any more") {
    CutOff cut_off;
    Pair const kept;
    Pair const cut;
    {
        CutOff::Wait const wait(cut_off, 10ms, kept.ends[0]);
    }
    CutOff::Wait const after(cut_off, 40ms, cut.ends[0]);
    CHECK(cut.read() == 0);  // by now the first would have been cut too
    char byte = 'x';
    CHECK(::write(kept.ends[1], &byte, 1) == 1);
    CHECK(kept.read() == 1);
}

}  // namespace tollgate::cut_off_test
