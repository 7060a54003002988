#include "net/suspension.hpp"

#include "support/await_on_worker.hpp"

#include <doctest/doctest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::suspension_test {
using namespace std::chrono_literals;
using net::Suspension;

namespace {

net::Task<> wait(Suspension& where, net::Timeout timeout, std::optional<Result<void>>& result,
                 std::shared_ptr<int> /*kept*/ = {}) {
    result = co_await where.wait(timeout);
}

net::Task<Result<void>> wait(Suspension& where, net::Timeout timeout, Suspension::Begin begin) {
    co_return co_await where.wait(timeout, begin);
}

}  // namespace

TEST_CASE("a coroutine goes on in a turn of the loop, with the first word of who wakes it") {
    net::Worker worker{0};
    Suspension where(worker.loop());
    std::optional<Result<void>> result;
    where.wake(errc::draining);  // nobody waits
    worker.spawn(wait(where, {}, result));
    worker.poll();
    CHECK(where.is_awaited());
    CHECK_FALSE(result);
    SUBCASE("without a reason") {
        where.wake();
        where.wake(errc::client_gone);
        CHECK_FALSE(result);
        worker.poll();
        CHECK(result == Result<void>{});
    }
    SUBCASE("with one") {
        where.wake(errc::client_gone);
        where.wake();
        worker.poll();
        CHECK(result == failure(errc::client_gone));
    }
    CHECK_FALSE(where.is_awaited());
}

TEST_CASE("a wait has an end, and one that is ready has none") {
    net::Worker worker{0};
    Suspension where(worker.loop());
    auto const began = net::Worker::now();
    CHECK(testing::await(worker, wait(where, 60ms, Suspension::Begin::waiting)) == failure(errc::timed_out));
    CHECK(net::Worker::now() - began >= 60ms);
    CHECK(testing::await(worker, wait(where, 1h, Suspension::Begin::ready)) == Result<void>{});
    CHECK(testing::await(worker, wait(where, 1h, Suspension::Begin::at_end)) == Result<void>{});
    CHECK(net::Worker::now() - began < 2s);
}

TEST_CASE("a worker that ends takes along who still waits") {
    auto const kept = std::make_shared<int>(0);
    std::optional<Result<void>> result;
    {
        net::Worker worker{0};
        Suspension where(worker.loop());
        worker.spawn(wait(where, {}, result, kept));
        worker.poll();
        CHECK(kept.use_count() == 2);
        worker.loop().abandon();
    }
    CHECK(kept.use_count() == 1);
    CHECK_FALSE(result);
}

TEST_CASE("a call waits as a coroutine does") {
    net::Worker worker{0};
    Suspension where(worker.loop());
    std::optional<Result<void>> result;
    auto call = [&](Suspension::Terms terms) {
        result.reset();
        where.call([&](Result<void> ended) { result = std::move(ended); }, terms);
        CHECK(where.is_awaited());
        CHECK_FALSE(result);
    };
    call({});
    worker.poll();
    CHECK_FALSE(result);
    where.wake(errc::client_gone);
    CHECK_FALSE(result);
    worker.poll();
    CHECK(result == failure(errc::client_gone));
    call({.begin = Suspension::Begin::ready});
    worker.poll();
    CHECK(result == Result<void>{});
    call({.begin = Suspension::Begin::ready, .why = errc::draining});
    worker.poll();
    CHECK(result == failure(errc::draining));
    call({.timeout = 20ms});
    worker.run_until([&] { return result.has_value(); });
    CHECK(result == failure(errc::timed_out));
}

TEST_CASE("a step is taken when the wait has ended, with what it ended with, and before anybody goes on") {
    struct Note final : Suspension::Step {
        Note(std::vector<std::string>& in, std::string is) : order(in), name(std::move(is)) {}
        void take(Result<void> const& ended) noexcept override {
            order.push_back(name + (ended ? " steps" : " steps: " + ended.error().message()));
        }
        std::vector<std::string>& order;
        std::string name;
    };
    net::Worker worker{0};
    std::vector<std::string> order;
    Suspension one(worker.loop());
    Suspension two(worker.loop());
    Note first(order, "one");
    Note second(order, "two");
    one.call([&](Result<void>) { order.emplace_back("one goes on"); }, {.step = &first});
    two.call([&](Result<void>) { order.emplace_back("two goes on"); }, {.step = &second});
    worker.poll();
    CHECK(order.empty());
    one.wake();
    two.wake(errc::client_gone);
    worker.poll();
    auto const gone = make_error_code(errc::client_gone).message();
    CHECK(order == std::vector<std::string>{"one steps", "two steps: " + gone, "one goes on", "two goes on"});
    SUBCASE("once") {
        order.clear();
        one.call([&](Result<void>) { order.emplace_back("one goes on"); }, {});
        one.wake();
        worker.poll();
        CHECK(order == std::vector<std::string>{"one goes on"});
    }
}

TEST_CASE("what follows a wait is done when that went well, by all before any goes on") {
    net::Worker worker{0};
    std::vector<std::string> order;
    Suspension one(worker.loop());
    Suspension two(worker.loop());
    auto go = [&](Suspension& where, std::string name, Suspension::Begin begin) -> net::Task<> {
        auto const done = co_await where.wait({}, begin).and_then([&]() -> Result<int> {
            order.push_back(name + " does");
            if (name == "thrower") throw std::runtime_error("thrown");
            return 7;
        });
        order.push_back(name + (done == 7 ? " goes on" : " has failed"));
    };
    SUBCASE("when it was woken") {
        worker.spawn(go(one, "one", Suspension::Begin::waiting));
        worker.spawn(go(two, "two", Suspension::Begin::waiting));
        worker.poll();
        CHECK(order.empty());
        one.wake();
        two.wake();
        worker.poll();
        CHECK(order == std::vector<std::string>{"one does", "two does", "one goes on", "two goes on"});
    }
    SUBCASE("at the end of a turn") {
        worker.spawn(go(one, "one", Suspension::Begin::at_end));
        worker.spawn(go(two, "two", Suspension::Begin::at_end));
        CHECK(order.empty());
        worker.poll();
        CHECK(order == std::vector<std::string>{"one does", "two does", "one goes on", "two goes on"});
    }
    SUBCASE("at once") {
        worker.spawn(go(one, "one", Suspension::Begin::at_once));
        CHECK(order == std::vector<std::string>{"one does", "one goes on"});
    }
    SUBCASE("not after an error") {
        worker.spawn(go(one, "one", Suspension::Begin::waiting));
        one.wake(errc::client_gone);
        worker.poll();
        CHECK(order == std::vector<std::string>{"one has failed"});
    }
    SUBCASE("and what it throws is thrown where it is awaited") {
        worker.spawn(go(one, "thrower", Suspension::Begin::waiting));
        one.wake();
        worker.poll();
        CHECK(order == std::vector<std::string>{"thrower does"});
    }
}

TEST_CASE("what a call owns may be the place where it waits, and goes with it") {
    net::Worker worker{0};
    auto const kept = std::make_shared<int>(0);
    auto wait_in_itself = [&] {
        auto where = std::make_unique<Suspension>(worker.loop());
        auto& place = *where;
        place.call([where = std::move(where), kept](Result<void>) {}, {.timeout = 1h});
        return &place;
    };
    SUBCASE("when it has ended") {
        wait_in_itself()->wake();
        CHECK(kept.use_count() == 2);
        worker.poll();
    }
    SUBCASE("with the loop") {
        (void)wait_in_itself();
        CHECK(kept.use_count() == 2);
        worker.loop().abandon();
    }
    CHECK(kept.use_count() == 1);
}

TEST_CASE("a coroutine that is spawned begins at once, and what it throws is its own affair") {
    net::Worker worker{0};
    int begun = 0;
    auto fail = [](int& count) -> net::Task<> {
        ++count;
        throw std::runtime_error("a bug");
        co_return;
    };
    worker.spawn(fail(begun));
    CHECK(begun == 1);
    auto go_on = [](int& count, Suspension& where) -> net::Task<> {
        ++count;
        (void)co_await where.wait({});
        ++count;
    };
    Suspension where(worker.loop());
    worker.spawn(go_on(begun, where));
    CHECK(begun == 2);
    where.wake();
    CHECK(begun == 2);
    worker.poll();
    CHECK(begun == 3);
}

TEST_CASE("a worker that is to run dry waits for whatever goes on") {
    net::Worker worker{0};
    std::optional<net::Worker::Ongoing> ongoing{worker};
    net::Deadline later([&] { ongoing.reset(); });
    worker.arm(later, 60ms);
    worker.start();
    worker.stop();
    CHECK_FALSE(ongoing);
}

TEST_CASE("operations of Asio's own are awaited on a worker") {
    net::Worker worker{0};
    bool here = false;
    auto sleep = [&]() -> boost::asio::awaitable<bool> {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 20ms);
        auto const mine = std::this_thread::get_id();
        co_await timer.async_wait(boost::asio::use_awaitable);
        here = mine == std::this_thread::get_id();
        co_return true;
    };
    CHECK(testing::await(worker, sleep()));
    CHECK(here);
}

TEST_CASE("a worker that ends takes along who awaits an operation of Asio's own") {
    auto const kept = std::make_shared<int>(0);
    {
        net::Worker worker{0};
        auto sleep = [](std::shared_ptr<int> /*kept*/) -> boost::asio::awaitable<void> {
            boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 1h);
            co_await timer.async_wait(boost::asio::use_awaitable);
        };
        worker.spawn(sleep(kept));
        worker.poll();
        CHECK(kept.use_count() == 2);
    }
    CHECK(kept.use_count() == 1);
}

}  // namespace tollgate::suspension_test
