#include "base/reminder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace tollgate::reminder_test {
using namespace std::chrono_literals;

TEST_CASE("what goes on is told at once, and again after a minute") {
    auto const now = steady_time(1h);
    Reminder reminder;
    CHECK(reminder.is_due(now));
    CHECK_FALSE(reminder.is_due(now));
    CHECK_FALSE(reminder.is_due(now + 1min - 1ns));
    CHECK(reminder.is_due(now + 1min));
    CHECK_FALSE(reminder.is_due(now + 2min - 1ns));
    CHECK(reminder.is_due(now + 1h));
}

TEST_CASE("of many threads one is told that something is due") {
    auto const now = steady_time(1h);
    Reminder reminder;
    for (auto const minute : {0min, 1min, 2min}) {
        std::atomic<int> told = 0;
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int ask = 0; ask < 100; ++ask) told += reminder.is_due(now + minute) ? 1 : 0;
            });
        }
        threads.clear();
        CHECK(told == 1);
    }
}

}  // namespace tollgate::reminder_test
