#include "server/server_services.hpp"

#include "support/await.hpp"

#include <doctest/doctest.h>

#include <future>
#include <stdexcept>

namespace tollgate::server_services_test {
using server::ServerServices;

namespace {

boost::asio::awaitable<Result<int>> doubled(plugin::Pool& pool, int number) {
    co_return co_await pool.run([number] {
        if (number < 0) throw std::invalid_argument("negative");
        return 2 * number;
    });
}

}  // namespace

TEST_CASE("a pool runs what it takes, hands results and exceptions back, and refuses at once when it is full") {
    std::promise<void> running;
    std::promise<void> go_on;
    SystemClock const clock;
    ServerServices services(clock, 1);
    auto& pool = services.pool("slow", {.threads = 1, .queue = 1, .lowest_priority = true});
    CHECK(&pool == &services.pool("slow", {}));
    CHECK(testing::await(doubled(pool, 21)) == 42);
    CHECK_THROWS_AS((void)testing::await(doubled(pool, -1)), std::invalid_argument);

    std::move_only_function<void()> first = [&] {
        running.set_value();
        go_on.get_future().wait();
    };
    REQUIRE(pool.submit(first));
    running.get_future().wait();
    std::move_only_function<void()> second = [] {};
    REQUIRE(pool.submit(second));  // waits
    std::move_only_function<void()> third = [] {};
    CHECK_FALSE(pool.submit(third));
    CHECK(third);  // left alone
    auto const refused = testing::await(doubled(pool, 1));
    CHECK(refused.error() == make_error_code(errc::queue_full));
    go_on.set_value();
}

TEST_CASE("what is meant for workers is dropped before they are attached and after they are detached") {
    SystemClock const clock;
    ServerServices services(clock, 3);
    int posted = 0;
    int ended = 0;
    services.post_to_workers([](unsigned) {});
    services.attach([&](auto) { ++posted; }, [&](auto) { ++ended; });
    services.post_to_workers([](unsigned) {});
    services.end_exchanges([](plugin::Exchange const&) { return true; });
    services.detach();
    services.post_to_workers([](unsigned) {});
    services.end_exchanges([](plugin::Exchange const&) { return true; });
    CHECK(posted == 1);
    CHECK(ended == 1);
    CHECK(services.worker_count() == 3);
}

TEST_CASE("what is kept is made once, and readiness names the checks that fail") {
    SystemClock const clock;
    ServerServices services(clock, 1);
    int made = 0;
    auto const make = [&made] { return std::make_shared<int>(++made); };
    auto const first = services.keep<int>("store", make);
    CHECK(services.keep<int>("store", make) == first);
    CHECK(made == 1);
    CHECK(services.not_ready().empty());
    services.readiness("store", [] { return false; });
    services.readiness("keys", [] { return true; });
    CHECK(services.not_ready() == std::vector<std::string>{"store"});
    services.readiness("store", [] { return true; });
    CHECK(services.not_ready().empty());
}

}  // namespace tollgate::server_services_test
