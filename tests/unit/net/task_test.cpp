#include "net/task.hpp"

#include "net/adopt.hpp"
#include "net/suspension.hpp"
#include "support/await_on_worker.hpp"

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace tollgate::task_test {
using net::Suspension;
using net::Task;

namespace {

namespace asio = boost::asio;

Task<std::int64_t> number(std::int64_t value) { co_return value; }

Task<std::int64_t> sum_to(std::int64_t last) {
    std::int64_t sum = 0;
    for (std::int64_t i = 1; i <= last; ++i) sum += co_await number(i);
    co_return sum;
}

Task<std::string> throws_below(int depth) {
    if (depth == 0) throw std::runtime_error("a bug");
    co_return co_await throws_below(depth - 1);
}

Task<std::unique_ptr<int>> only_moved() { co_return std::make_unique<int>(7); }

// Somebody waits, with others on top of whom he stands, each of whom owns a part of `kept`.
Task<> wait_below(int depth, Suspension& where, std::shared_ptr<int> kept) {
    if (depth > 0) co_return co_await wait_below(depth - 1, where, kept);
    (void)co_await where.wait({});
}

asio::awaitable<std::string> text_of_asio(std::string text) {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    if (text.empty()) throw std::runtime_error("nothing to say");
    co_return text;
}

Task<std::string> adopted(net::Worker& worker, std::string text) {
    co_return "it says " + co_await net::adopt(worker, text_of_asio(std::move(text)));
}

Task<> adopt_for_ever(net::Worker& worker, std::shared_ptr<int> kept) {
    auto const never = [](std::shared_ptr<int> /*kept*/) -> asio::awaitable<int> {
        auto const start = [](auto handler) {
            // Nobody resumes him: his loop's jobs are dropped with him.
            asio::post(std::move(handler));
        };
        for (;;) co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(start, asio::use_awaitable);
    };
    (void)co_await net::adopt(worker, never(kept));
}

}  // namespace

TEST_CASE("a task gives what it returns to who awaits it, and what it throws") {
    net::Worker worker{0};
    CHECK(testing::await(worker, number(3)) == 3);
    CHECK(*testing::await(worker, only_moved()) == 7);
    CHECK_THROWS_WITH(testing::await(worker, throws_below(5)), "a bug");
}

TEST_CASE("tasks that never wait need no more stack, however many there are") {
    net::Worker worker{0};
    CHECK(testing::await(worker, sum_to(1'000'000)) == 500'000'500'000);
}

TEST_CASE("a task that nobody awaits does nothing and owns what it was given") {
    auto const kept = std::make_shared<int>(0);
    net::Worker worker{0};
    Suspension where(worker.loop());
    {
        auto const task = wait_below(0, where, kept);
        CHECK(kept.use_count() == 2);
    }
    CHECK(kept.use_count() == 1);
    CHECK_FALSE(where.is_awaited());
}

TEST_CASE("who is destroyed while he waits takes along all below him, once") {
    auto const kept = std::make_shared<int>(0);
    {
        net::Worker worker{0};
        {
            Suspension where(worker.loop());
            worker.spawn(wait_below(3, where, kept));
            worker.poll();
            CHECK(kept.use_count() == 5);
            SUBCASE("by the loop's end") { worker.loop().abandon(); }
            SUBCASE("with the place where he waits") {}
        }
        CHECK(kept.use_count() == 1);
    }
    CHECK(kept.use_count() == 1);
}

TEST_CASE("a coroutine that was not begun ends with its worker") {
    auto const kept = std::make_shared<int>(0);
    {
        net::Worker worker{0};
        Suspension where(worker.loop());
        worker.spawn(wait_below(0, where, kept));
        CHECK(kept.use_count() == 2);
    }
    CHECK(kept.use_count() == 1);
}

TEST_CASE("coroutines of Asio's are awaited: value, exception, and the end of the worker") {
    {
        net::Worker worker{0};
        CHECK(testing::await(worker, adopted(worker, "hello")) == "it says hello");
        CHECK_THROWS_WITH(testing::await(worker, adopted(worker, "")), "nothing to say");
    }
    auto const kept = std::make_shared<int>(0);
    {
        net::Worker worker{0};
        worker.spawn(adopt_for_ever(worker, kept));
        worker.loop().turn(net::EventLoop::Waiting::no);
        worker.loop().turn(net::EventLoop::Waiting::no);
        CHECK(kept.use_count() > 1);
    }
    CHECK(kept.use_count() == 1);
}

}  // namespace tollgate::task_test
