#include "limit/gcra.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tollgate::gcra_test {
using namespace tollgate::limit;
using namespace std::chrono_literals;

namespace {

constexpr RequestRate three_in_3s{3, 3s};
constexpr steady_time start{1h};

// How many of `tries` requests pass, all at `now`.
int passing(RequestRate const& rate, steady_time& bucket, steady_time now, int tries) {
    int passed = 0;
    for (int i = 0; i < tries; ++i) {
        auto const passage = ask(rate, bucket, now);
        bucket = passage.bucket;
        passed += passage.allowed ? 1 : 0;
    }
    return passed;
}

}  // namespace

TEST_CASE("a burst passes, then one each interval") {
    struct Row {
        std::chrono::milliseconds at;
        bool allowed;
        std::int64_t remaining;
        std::chrono::milliseconds reset;
        std::chrono::milliseconds retry_after;
    };
    std::vector<Row> const rows{
        {0ms, true, 2, 1s, 0s},        {0ms, true, 1, 2s, 0s},
        {0ms, true, 0, 3s, 0s},        {0ms, false, 0, 3s, 1s},
        {0ms, false, 0, 3s, 1s},       {999ms, false, 0, 2001ms, 1ms},
        {1000ms, true, 0, 3s, 0s},     {1000ms, false, 0, 3s, 1s},
        {2500ms, true, 0, 2500ms, 0s}, {2500ms, false, 0, 2500ms, 500ms},
        {4500ms, true, 1, 1500ms, 0s}, {60'000ms, true, 2, 1s, 0s},
    };
    auto bucket = full_bucket;
    for (auto const& row : rows) {
        CAPTURE(row.at.count());
        auto const passage = ask(three_in_3s, bucket, start + row.at);
        CHECK(passage.allowed == row.allowed);
        CHECK(passage.level == Level{3, row.remaining, row.reset});
        CHECK(passage.retry_after == row.retry_after);
        if (!row.allowed) CHECK(passage.bucket == bucket);
        bucket = passage.bucket;
    }
}

TEST_CASE("looking at a bucket takes nothing from it") {
    CHECK(level_of(three_in_3s, full_bucket, start) == Level{3, 3, 0s});
    auto const once = ask(three_in_3s, full_bucket, start);
    CHECK(level_of(three_in_3s, once.bucket, start) == once.level);
    CHECK(level_of(three_in_3s, once.bucket, start + 600ms) == Level{3, 2, 400ms});
    CHECK(level_of(three_in_3s, once.bucket, start + 1h) == Level{3, 3, 0s});
}

TEST_CASE("while time stands still exactly the burst passes, whatever the rate") {
    for (auto const rate : {RequestRate{1, 1ms}, RequestRate{7, 1s}, RequestRate{60, 1min}, RequestRate{1000, 999ms},
                            RequestRate{999, 24h}, RequestRate{3, 10ms}}) {
        CAPTURE(rate.count);
        auto bucket = full_bucket;
        CHECK(passing(rate, bucket, start, 2000) == rate.count);
    }
}

TEST_CASE("what was told as the wait is enough, and one nanosecond less is not") {
    for (auto const rate :
         {RequestRate{7, 1s}, RequestRate{1, 24h}, RequestRate{1'000'000, 1s}, RequestRate{11, 13ms}}) {
        CAPTURE(rate.count);
        auto bucket = full_bucket;
        auto now = start;
        for (Passage passage = ask(rate, bucket, now); passage.allowed; passage = ask(rate, bucket, now)) {
            bucket = passage.bucket;
        }
        for (int i = 0; i < 100; ++i) {
            auto const wait = ask(rate, bucket, now).retry_after;
            REQUIRE(wait > 0ns);
            CHECK_FALSE(ask(rate, bucket, now + wait - 1ns).allowed);
            now += wait;
            auto const passage = ask(rate, bucket, now);
            CHECK(passage.allowed);
            bucket = passage.bucket;
        }
    }
}

TEST_CASE("over a long time never more pass than the rate says") {
    constexpr RequestRate rate{7, 1s};
    auto bucket = full_bucket;
    int passed = 0;
    for (int tick = 0; tick < 100'000; ++tick) passed += passing(rate, bucket, start + tick * 1ms, 1);
    CHECK(passed <= 7 + 100 * 7);
    CHECK(passed >= 7 + 99 * 7);
}

TEST_CASE("time that goes back a little gives nothing away and takes nothing") {
    auto const once = ask(three_in_3s, full_bucket, start);
    auto const back = ask(three_in_3s, once.bucket, start - 500ms);
    CHECK(back.allowed);
    CHECK(back.bucket == start + 2s);
    CHECK(back.level.remaining == 0);
    CHECK_FALSE(ask(three_in_3s, back.bucket, start - 500ms).allowed);
}

TEST_CASE("a bucket from a slower rate is empty for the new one, and no emptier") {
    auto bucket = full_bucket;
    CHECK(passing({10, 24h}, bucket, start, 20) == 10);
    auto const passage = ask(three_in_3s, bucket, start);
    CHECK_FALSE(passage.allowed);
    CHECK(passage.retry_after == 1s);
    CHECK(passage.level == Level{3, 0, 3s});
}

TEST_CASE("the extremes of rate and time neither overflow nor stop the count") {
    constexpr std::int64_t most = 1'000'000'000;
    for (auto const rate : {RequestRate{1, 1ms}, RequestRate{1, 24h}, RequestRate{most, 1ms}, RequestRate{most, 24h}}) {
        for (auto const now : {steady_time::min(), steady_time{}, start, steady_time::max() - 1h}) {
            CAPTURE(rate.count);
            CAPTURE(now.time_since_epoch().count());
            for (auto const bucket : {full_bucket, steady_time{}, steady_time::max()}) {
                auto const passage = ask(rate, bucket, now);
                CHECK(passage.level.remaining >= 0);
                CHECK(passage.level.remaining <= rate.count);
                CHECK(passage.level.reset >= 0ns);
                CHECK(passage.retry_after >= 0ns);
            }
            CHECK(ask(rate, full_bucket, now).level.remaining == rate.count - 1);
        }
        auto const last = ask(rate, steady_time::max(), steady_time::max());
        CHECK(last.bucket == steady_time::max());
    }
    CHECK(ask({most, 24h}, full_bucket, start).level.reset == 86'400ns);
    CHECK(ask({1, 24h}, full_bucket, start).level.reset == 24h);
}

}  // namespace tollgate::gcra_test
