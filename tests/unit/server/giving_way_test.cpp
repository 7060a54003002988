#include "server/giving_way.hpp"

#include "server/thread_pool.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace tollgate::giving_way_test {
using namespace tollgate::server;

namespace {

using namespace std::chrono_literals;

std::chrono::nanoseconds processor_time() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

void stay_on_first_processor() {
    cpu_set_t usable;
    REQUIRE(::sched_getaffinity(0, sizeof usable, &usable) == 0);
    int first = 0;
    while (!CPU_ISSET(first, &usable)) ++first;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    ::sched_setaffinity(0, sizeof one, &one);
}

// How often this thread lost the processor while it worked for `work`, without ever waiting for anything.
long times_displaced(std::chrono::nanoseconds work) {
    rusage before{};
    rusage after{};
    auto const end = processor_time() + work;
    ::getrusage(RUSAGE_THREAD, &before);
    while (processor_time() < end) {
    }
    ::getrusage(RUSAGE_THREAD, &after);
    return after.ru_nivcsw - before.ru_nivcsw;
}

// What each of two jobs on one processor says, which both began before either went on.
std::vector<long> displaced_side_by_side(plugin::PoolLimits limits, std::chrono::nanoseconds work) {
    ThreadPool pool("work", limits);
    std::latch both(2);
    std::vector<std::future<long>> results;
    for (int i = 0; i < 2; ++i) {
        std::packaged_task<long()> task([&both, work] {
            stay_on_first_processor();
            both.arrive_and_wait();
            return times_displaced(work);
        });
        results.push_back(task.get_future());
        std::move_only_function<void()> job = std::move(task);
        REQUIRE(pool.submit(job));
    }
    return {results[0].get(), results[1].get()};
}

TEST_CASE("jobs of the lowest priority let others have the processor far more often than the kernel makes them") {
    auto const made_to = displaced_side_by_side({.threads = 2}, 50ms);
    auto const giving_way = displaced_side_by_side({.threads = 2, .lowest_priority = true}, 50ms);
    CHECK(std::ranges::min(giving_way) > 2 * std::ranges::max(made_to));
}

TEST_CASE("a processor that nobody else wants is offered less and less often, one that is wanted at the shortest") {
    CHECK(GivingWay::after(GivingWay::shortest, false) == 2 * GivingWay::shortest);
    CHECK(GivingWay::after(GivingWay::longest, false) == GivingWay::longest);
    CHECK(GivingWay::after(GivingWay::longest - 1us, false) == GivingWay::longest);
    CHECK(GivingWay::after(GivingWay::longest, true) == GivingWay::shortest);
}

TEST_CASE("a signal that comes when nobody gives way is nothing") {
    std::make_unique<GivingWay>().reset();
    CHECK(::raise(GivingWay::signal()) == 0);  // AddressSanitizer would see that what is gone is used
}

TEST_CASE("where there can be no timer the thread says why, and works on") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_SIGPENDING, &before) == 0);
    rlimit const none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_SIGPENDING, &none) == 0);
    CHECK(GivingWay().problem() == EAGAIN);
    ThreadPool pool("passwords", {.threads = 1, .lowest_priority = true});
    std::promise<void> done;
    std::move_only_function<void()> job = [&] { done.set_value(); };
    REQUIRE(pool.submit(job));
    CHECK(done.get_future().wait_for(5s) == std::future_status::ready);
    REQUIRE(::setrlimit(RLIMIT_SIGPENDING, &before) == 0);
    CHECK(GivingWay().problem() == 0);
}

}  // namespace
}  // namespace tollgate::giving_way_test
