#include "net/pipe.hpp"

#include "support/bulk.hpp"
#include "support/no_descriptors.hpp"
#include "support/pipes.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/capability.h>
#include <sys/syscall.h>

#include <array>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::pipe_test {
using namespace tollgate::testing;
using net::Pipe;
using net::PipePool;

namespace {

// Two sockets that are connected; neither waits.
struct Pair {
    Pair() {
        std::signal(SIGPIPE, SIG_IGN);  // as `run` does
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    }
    Pair(Pair const&) = delete;
    Pair& operator=(Pair const&) = delete;
    ~Pair() {
        close(0);
        close(1);
    }
    void close(std::size_t end) {
        if (ends[end] >= 0) ::close(std::exchange(ends[end], -1));
    }
    void say(std::string const& text) const {
        REQUIRE(::send(ends[0], text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    }
    [[nodiscard]] std::string heard() const {
        std::string all;
        std::array<char, 4096> some{};
        for (ssize_t count = 0; (count = ::recv(ends[1], some.data(), some.size(), 0)) > 0;)
            all.append(some.data(), static_cast<std::size_t>(count));
        return all;
    }

    std::array<int, 2> ends{};
};

// While one of these lives this thread has no capabilities: what bounds a user bounds it.
class Unprivileged {
public:
    Unprivileged() {
        ::syscall(SYS_capget, &header_, before_.data());
        auto without = before_;
        for (auto& word : without) word.effective = 0;
        ::syscall(SYS_capset, &header_, without.data());
    }
    Unprivileged(Unprivileged const&) = delete;
    Unprivileged& operator=(Unprivileged const&) = delete;
    ~Unprivileged() { ::syscall(SYS_capset, &header_, before_.data()); }

private:
    __user_cap_header_struct header_{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> before_{};
};

// Makes the largest pipes that a user may have until he may have no more, or none of use.
std::vector<int> use_up_pipes() {
    constexpr int largest = 1024 * 1024;
    std::vector<int> ends;
    for (int i = 0; i < 2000; ++i) {
        std::array<int, 2> made{};
        if (::pipe2(made.data(), O_CLOEXEC) != 0) break;
        ends.insert(ends.end(), {made[0], made[1]});
        if (::fcntl(made[0], F_SETPIPE_SZ, largest) < 0 && ::fcntl(made[0], F_GETPIPE_SZ) < 16 * 1024) break;
    }
    return ends;
}

}  // namespace

TEST_CASE("a pipe takes so many bytes and no more, and gives them all, in order") {
    PipePool pool;
    Pair from;
    Pair to;
    auto const text = bulk(30'000);
    from.say(text);
    auto pipe = pool.take();
    REQUIRE(pipe);
    CHECK(pipe->empty());
    CHECK(pipe->take_from(from.ends[1], 20'000) == 20'000);
    CHECK(pipe->size() == 20'000);
    CHECK(pipe->give_to(to.ends[0]) == 20'000);
    CHECK(pipe->empty());
    CHECK((to.heard() == text.substr(0, 20'000)));
    CHECK((from.heard() == text.substr(20'000)));
}

TEST_CASE("a socket that has nothing, or takes nothing, is no error; one that has ended is") {
    PipePool pool;
    Pair from;
    Pair to;
    auto pipe = pool.take();
    REQUIRE(pipe);
    CHECK(pipe->take_from(from.ends[1], 1000) == 0);
    from.say("last words");
    CHECK(pipe->take_from(from.ends[1], 1000) == 10);
    std::array<char, 4096> const block{};
    while (::send(to.ends[0], block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
    CHECK(pipe->give_to(to.ends[0]) == 0);
    CHECK(pipe->size() == 10);
    CHECK(to.heard().size() > 10);
    CHECK(pipe->give_to(to.ends[0]) == 10);
    CHECK(to.heard() == "last words");

    from.close(0);
    CHECK(pipe->take_from(from.ends[1], 1000).error() == errc::end_of_stream);
    CHECK(pipe->empty());
    Pair gone;
    gone.say("x");
    REQUIRE(pipe->take_from(gone.ends[1], 1) == 1);
    gone.close(1);
    CHECK(pipe->give_to(gone.ends[0]).error() == errc::end_of_stream);
}

TEST_CASE("an empty pipe is lent again, one that holds bytes is closed") {
    PipePool pool;
    Pair from;
    auto const before = pipe_ends();
    {
        auto const pipe = pool.take();
    }
    CHECK(pipe_ends() == before + 2);
    {
        auto pipe = pool.take();
        CHECK(pipe_ends() == before + 2);
        from.say("for one alone");
        REQUIRE(pipe->take_from(from.ends[1], 100) == 13);
        auto moved = std::move(*pipe);
        pipe.reset();
        CHECK(moved.size() == 13);
        CHECK(pipe_ends() == before + 2);
    }
    CHECK(pipe_ends() == before);
    auto pipe = pool.take();
    REQUIRE(pipe);
    CHECK(pipe->empty());
}

TEST_CASE("so many pipes are lent, fewer are kept, and none without descriptors") {
    auto const before = pipe_ends();
    {
        PipePool poor;
        {
            NoDescriptors const none;
            CHECK_FALSE(poor.take());
        }
        CHECK_FALSE(poor.take());  // the system is not asked again at once
        PipePool pool;
        std::vector<Pipe> lent;
        while (lent.size() < PipePool::most_lent) {
            auto pipe = pool.take();
            REQUIRE(pipe);
            lent.push_back(std::move(*pipe));
        }
        CHECK_FALSE(pool.take());
        lent.pop_back();
        CHECK(pool.take());
        lent.clear();
        CHECK(pipe_ends() == before + 2 * PipePool::most_kept);
    }
    CHECK(pipe_ends() == before);
}

TEST_CASE("who owns a pool hears of pipes that are kept, and can close them") {
    auto const before = pipe_ends();
    int kept = 0;
    PipePool pool([&kept] { ++kept; });
    {
        auto const one = pool.take();
        auto const other = pool.take();
        CHECK(kept == 0);
    }
    CHECK(kept == 2);
    CHECK(pipe_ends() == before + 4);
    pool.close_kept();
    CHECK(pipe_ends() == before);
    CHECK(pool.take());
}

TEST_CASE("a pool whose pipes the system will not fill says so, and lends none any more") {
    PipePool pool;
    int const no_socket = ::epoll_create1(EPOLL_CLOEXEC);
    {
        auto pipe = pool.take();
        REQUIRE(pipe);
        CHECK_FALSE(pool.is_useless());
        CHECK(pipe->take_from(no_socket, 100) == 0);
        CHECK(pipe->empty());
    }
    CHECK(pool.is_useless());
    CHECK_FALSE(pool.take());
    ::close(no_socket);
}

TEST_CASE("a user who has many pipes already gets none that are too small to be of use") {
    Unprivileged const user;
    auto const ends = use_up_pipes();
    auto const before = pipe_ends();
    PipePool pool;
    CHECK_FALSE(pool.take());
    CHECK(pipe_ends() == before);
    for (int const end : ends) ::close(end);
    CHECK(PipePool().take());
}

}  // namespace tollgate::pipe_test
