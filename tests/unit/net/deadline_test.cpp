#include "net/deadline.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace tollgate::deadline_test {
using namespace std::chrono_literals;
using tollgate::steady_time;
using tollgate::net::Deadline;
using tollgate::net::DeadlineWheel;

namespace {

steady_time const origin{std::chrono::hours(100)};

struct Recorder {
    std::vector<int> expired;
    std::unique_ptr<Deadline> deadline(int number) {
        return std::make_unique<Deadline>([this, number] { expired.push_back(number); });
    }
};

}  // namespace

TEST_CASE("a deadline expires once, never early, and at most one tick late") {
    for (auto const due : {1ms, 49ms, 50ms, 51ms, 999ms, 51200ms, 51201ms, 75000ms, 600000ms}) {
        CAPTURE(due.count());
        Recorder recorder;
        DeadlineWheel wheel(origin);
        auto const deadline = recorder.deadline(1);
        wheel.arm(*deadline, origin + due);
        for (auto now = 0ms; now < due; now += 50ms) wheel.tick(origin + now);
        wheel.tick(origin + due - 1ms);
        CHECK(recorder.expired.empty());
        wheel.tick(origin + due + DeadlineWheel::tick_length);
        CHECK(recorder.expired == std::vector{1});
        wheel.tick(origin + due + 120s);
        CHECK(recorder.expired == std::vector{1});
    }
}

TEST_CASE("a disarmed, moved or destroyed deadline does not expire at its old time") {
    Recorder recorder;
    DeadlineWheel wheel(origin);
    auto const disarmed = recorder.deadline(1);
    auto const moved = recorder.deadline(2);
    auto destroyed = recorder.deadline(3);
    for (auto* const deadline : {disarmed.get(), moved.get(), destroyed.get()}) wheel.arm(*deadline, origin + 100ms);
    disarmed->disarm();
    wheel.arm(*moved, origin + 1s);
    destroyed.reset();
    wheel.tick(origin + 500ms);
    CHECK(recorder.expired.empty());
    wheel.tick(origin + 1100ms);
    CHECK(recorder.expired == std::vector{2});
}

TEST_CASE("after a long pause everything that is due expires in one tick") {
    Recorder recorder;
    DeadlineWheel wheel(origin);
    std::vector<std::unique_ptr<Deadline>> deadlines;
    for (int i = 0; i < 2000; ++i) {
        deadlines.push_back(recorder.deadline(i));
        wheel.arm(*deadlines.back(), origin + i * 100ms);
    }
    wheel.tick(origin + 1h);
    CHECK(recorder.expired.size() == 2000);
}

TEST_CASE("a callback may arm itself and others, and nothing runs twice in one tick") {
    DeadlineWheel wheel(origin);
    int runs = 0;
    Deadline* self = nullptr;
    Deadline again([&] {
        ++runs;
        wheel.arm(*self, origin + 60ms);
    });
    self = &again;
    wheel.arm(again, origin + 10ms);
    wheel.tick(origin + 100ms);
    CHECK(runs == 1);
    wheel.tick(origin + 200ms);
    CHECK(runs == 2);
}

TEST_CASE("next_tick is no later than the earliest deadline, and nothing when none is armed") {
    Recorder recorder;
    DeadlineWheel wheel(origin);
    CHECK_FALSE(wheel.next_tick().has_value());
    auto const far = recorder.deadline(1);
    wheel.arm(*far, origin + 10min);
    REQUIRE(wheel.next_tick().has_value());
    CHECK(*wheel.next_tick() <= origin + 10min);
    CHECK(*wheel.next_tick() > origin + 30s);  // not busy meanwhile
    auto const near = recorder.deadline(2);
    wheel.arm(*near, origin + 3s);
    CHECK(*wheel.next_tick() >= origin + 3s);
    CHECK(*wheel.next_tick() <= origin + 3s + DeadlineWheel::tick_length);
}

}  // namespace tollgate::deadline_test
