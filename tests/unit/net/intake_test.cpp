#include "net/intake.hpp"

#include "support/await_on_worker.hpp"
#include "support/stream_pair.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace tollgate::intake_test {
using net::Intake;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t block = net::BlockPool::block_bytes;

// An intake of a stream.
struct Bench : testing::StreamPair {
    void say(std::size_t count) const { StreamPair::say(std::string(count, 'x')); }

    // The next piece, when the one before is given up, and the buffer or the pipe holds just what read() counted.
    Result<std::size_t> next(std::uint64_t left = Intake::endless) {
        intake.drop(buffer.size());
        if (intake.needs_wait()) {
            if (auto const waited = testing::await(worker, intake.wait(50ms)); !waited)
                return std::unexpected(waited.error());
        }
        auto const count = intake.read(left);
        auto* const pipe = intake.pipe();
        CHECK((pipe ? pipe->size() : buffer.size()) == count.value_or(0));
        return count;
    }

    // So much has come, and was read, that the flow is fast.
    void make_fast() {
        say(2 * block);
        CHECK(next() == block);
        CHECK(next() == block);
        CHECK_FALSE(intake.pipe());
    }
    [[nodiscard]] bool holds_a_block() { return buffer.bytes().data() != nullptr; }

    net::Buffer buffer{worker.blocks()};
    Intake intake{*stream, buffer};
};

}  // namespace

TEST_CASE("what comes fast is read into a large block where the reader lets it, and where a small one would not do") {
    struct Row {
        bool may_grow;
        std::uint64_t left;
        std::size_t most;  // that the next piece has
    };
    for (auto const& [may_grow, left, most] :
         {Row{true, Intake::endless, 150'000}, Row{false, Intake::endless, Intake::buffer_bytes},
          Row{true, block, block}, Row{true, block + 1, block + 1}, Row{true, 150'000, 150'000}}) {
        CAPTURE(may_grow);
        CAPTURE(left);
        Bench bench;
        if (may_grow) bench.intake.let_grow();
        bench.make_fast();
        bench.say(150'000);
        auto const count = bench.next(left);
        CHECK(count.value_or(0) <= most);
        CHECK((count == 150'000U) == (most == 150'000));
    }
}

TEST_CASE("a pipe takes what comes fast, no more than is left, and no rest that is too small for it") {
    Bench bench;
    bench.intake.let_splice(bench.worker.pipes());
    bench.make_fast();
    bench.say(150'000);
    CHECK(bench.next(Intake::least_piped_bytes) == Intake::least_piped_bytes);
    CHECK(bench.intake.pipe());
    CHECK(bench.next(Intake::least_piped_bytes - 1) == block);
    CHECK_FALSE(bench.intake.pipe());
    CHECK(bench.next() == 150'000 - Intake::least_piped_bytes - block);
    CHECK(bench.intake.pipe());
}

TEST_CASE("no pipe overtakes what is in the buffer, and none is used any more when the reader says so") {
    Bench bench;
    bench.intake.let_splice(bench.worker.pipes());
    bench.make_fast();
    bench.say(150'000);
    CHECK(bench.buffer.size() == block);
    if (bench.intake.needs_wait()) REQUIRE(testing::await(bench.worker, bench.intake.wait(50ms)));
    CHECK(bench.intake.read().value_or(0) > 0);  // with the last piece still there
    CHECK_FALSE(bench.intake.pipe());
    CHECK(bench.next().value_or(0) > 0);
    CHECK(bench.intake.pipe());
    bench.say(1000);
    bench.intake.stop_splicing();
    CHECK(bench.next().value_or(0) > 0);
    CHECK_FALSE(bench.intake.pipe());
}

TEST_CASE("neither a block nor a pipe is held in a wait, nor behind the end") {
    for (bool const by_pipe : {false, true}) {
        CAPTURE(by_pipe);
        Bench bench;
        bench.intake.let_grow();
        if (by_pipe) bench.intake.let_splice(bench.worker.pipes());
        bench.make_fast();
        CHECK(bench.holds_a_block());
        CHECK(bench.next() == 0U);  // they filled their room: there might have been more
        CHECK(bench.next().error() == errc::timed_out);
        CHECK_FALSE(bench.holds_a_block());
        CHECK_FALSE(bench.intake.pipe());
        bench.say(150'000);
        bench.hang_up();
        CHECK(bench.next() == 150'000U);
        CHECK((bench.intake.pipe() != nullptr) == by_pipe);
        auto last = bench.next();
        if (last == 0U) last = bench.next();
        CHECK(last.error() == errc::end_of_stream);
        CHECK_FALSE(bench.holds_a_block());
        CHECK_FALSE(bench.intake.pipe());
    }
}

}  // namespace tollgate::intake_test
