#include "proxy/body.hpp"

#include "support/await_on_worker.hpp"
#include "support/stream_pair.hpp"

#include <doctest/doctest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::body_test {
using namespace tollgate::proxy;
using namespace std::chrono_literals;

namespace {

// Reads a body whose next bytes are always there already, until something else ran on its worker.
net::Task<std::size_t> read_until_others_run(net::Worker& worker, BodyReader& body, int peer) {
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

// What the body comes by.
struct Bench : testing::StreamPair {
    [[nodiscard]] Result<void> fill(BodyReader& body) { return testing::await(worker, body.fill(50ms)); }

    net::Buffer buffer{worker.blocks()};
};

// Fills it, and says whether what waited on the worker ran meanwhile.
net::Task<bool> fill_lets_others_run(net::Worker& worker, BodyReader& body) {
    auto const others_ran = std::make_shared<bool>(false);
    worker.post([others_ran] { *others_ran = true; });
    (void)co_await body.fill(1s);
    co_return *others_ran;
}

// From now on the system tells this thread that it knows no splice(2).
bool forbid_splice() {
    std::array<sock_filter, 4> rules{{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_splice, 0, 1),
                                      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                                      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
    sock_fprog const program{rules.size(), rules.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t block = net::BlockPool::block_bytes;

}  // namespace

TEST_CASE("pieces of a body that comes fast are large, until little comes") {
    Bench bench;
    BodyReader body(*bench.stream, bench.buffer, {http::BodyKind::until_close, 0}, no_limit);
    body.let_grow();
    std::vector<std::size_t> pieces;
    bench.say(std::string(150'000, 'x'));
    for (int i = 0; i < 3; ++i) {
        REQUIRE(bench.fill(body));
        pieces.push_back(body.take().value_or("").size());
    }
    CHECK(pieces == std::vector<std::size_t>{block, block, 150'000 - 2 * block});
    bench.say(std::string(1000, 'x'));
    REQUIRE(bench.fill(body));
    CHECK(body.take().value_or("").size() == 1000);
    bench.say(std::string(50'000, 'x'));
    REQUIRE(bench.fill(body));
    CHECK(body.take().value_or("").size() == block);
}

TEST_CASE("pieces that nobody lets grow stay small, however fast the body comes") {
    Bench bench;
    BodyReader body(*bench.stream, bench.buffer, {http::BodyKind::length, 150'000}, no_limit);
    bench.say(std::string(150'000, 'x'));
    while (!body.done()) {
        REQUIRE(bench.fill(body));
        CHECK(body.take().value_or("").size() <= net::Intake::buffer_bytes);
    }
}

TEST_CASE("a body that nobody looks at goes by a pipe once it comes fast, to its last byte and no further") {
    Bench bench;
    BodyReader body(*bench.stream, bench.buffer, {http::BodyKind::length, 150'000}, no_limit);
    body.let_splice(bench.worker.pipes());
    bench.say(std::string(150'000, 'x') + "next");
    for (int i = 0; i < 2; ++i) {
        REQUIRE(bench.fill(body));
        CHECK_FALSE(body.spliced());
        CHECK(body.take().value_or("").size() == block);
    }
    std::size_t spliced = 0;
    while (!body.done()) {
        REQUIRE(bench.fill(body));
        REQUIRE(body.spliced());
        CHECK(body.take().value_or("?").empty());
        spliced += body.spliced()->size();
    }
    CHECK(spliced == 150'000 - 2 * block);
    CHECK(body.bytes() == 150'000);
    body.drop_taken();
    CHECK_FALSE(body.spliced());
    std::array<char, 10> rest{};
    CHECK(bench.stream->read_some(rest) == 4);
}

TEST_CASE("where a sandbox knows no splice a body goes by the buffer, without a wait in between") {
    std::size_t taken = 0;
    int turns = 0;  // of others, after the first piece
    std::thread sandbox([&] {
        REQUIRE(forbid_splice());  // for this thread
        Bench bench;
        BodyReader body(*bench.stream, bench.buffer, {http::BodyKind::length, 150'000}, no_limit);
        body.let_splice(bench.worker.pipes());
        bench.say(std::string(150'000, 'x'));
        for (int i = 0; i < 10 && !body.done() && !body.spliced(); ++i) {
            bool const ran = testing::await(bench.worker, fill_lets_others_run(bench.worker, body));
            turns += i > 0 && ran;
            taken += body.take().value_or("").size();
        }
    });
    sandbox.join();
    CHECK(taken == 150'000);
    CHECK(turns == 0);  // all of it was there
}

TEST_CASE("a small rest of a body goes by the buffer, and so does one in chunks, or one beyond its limit") {
    struct Row {
        char const* name;
        http::Framing framing;
        std::string bytes;
    };
    for (auto const& [name, framing, bytes] :
         {Row{"small", {http::BodyKind::length, 2 * block + 60'000}, std::string(2 * block + 60'000, 'x')},
          Row{"chunked", {http::BodyKind::chunked, 0}, "20000\r\n" + std::string(0x20000, 'x') + "\r\n0\r\n\r\n"}}) {
        CAPTURE(name);
        Bench bench;
        BodyReader body(*bench.stream, bench.buffer, framing, no_limit);
        body.let_splice(bench.worker.pipes());
        bench.say(bytes);
        std::size_t taken = 0;
        while (!body.done()) {
            REQUIRE(bench.fill(body));
            REQUIRE_FALSE(body.spliced());
            taken += body.take().value_or("").size();
        }
        CHECK(taken == body.bytes());
    }
    Bench bench;
    BodyReader body(*bench.stream, bench.buffer, {http::BodyKind::until_close, 0}, 100'000);
    body.let_splice(bench.worker.pipes());
    bench.say(std::string(150'000, 'x'));
    Result<void> filled;
    for (int i = 0; i < 10 && filled; ++i) {
        filled = bench.fill(body);
        if (filled && !body.take()) filled = failure(errc::body_too_large);
    }
    CHECK(filled.error() == errc::body_too_large);
}

TEST_CASE("a body that is waited for holds neither a block nor a pipe") {
    Bench bench;
    BodyReader body(*bench.stream, bench.buffer, {http::BodyKind::until_close, 0}, no_limit);
    body.let_splice(bench.worker.pipes());
    bench.say(std::string(150'000, 'x'));
    while (body.bytes() < 150'000) {
        REQUIRE(bench.fill(body));
        (void)body.take();
    }
    CHECK(bench.fill(body).error() == errc::timed_out);
    CHECK_FALSE(body.spliced());
    CHECK(bench.buffer.bytes().data() == nullptr);
}

TEST_CASE("a body that comes as fast as it is read leaves the worker to others now and again") {
    net::Worker worker{0};
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    net::Stream stream(worker, Descriptor(ends[0]));
    net::Buffer buffer(worker.blocks());
    BodyReader body(stream, buffer, {http::BodyKind::until_close, 0}, std::numeric_limits<std::uint64_t>::max());
    CHECK(testing::await(worker, read_until_others_run(worker, body, ends[1])) < 2UL * 1024 * 1024);
    ::close(ends[1]);
}

}  // namespace tollgate::body_test
