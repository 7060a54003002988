#include "upstream/health.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace tollgate::health_test {
using namespace std::chrono_literals;
using upstream::Health;
using upstream::slow_start_factor;

namespace {

constexpr settings::Ejection rules{.failures = 3, .first = 10s, .longest = 35s};

// A server, and the clock that the test moves.
struct Bench {
    Health health;
    steady_time now{1h};

    bool fails() { return health.request_failed(rules, now); }
    void succeeds() { health.request_succeeded(now); }
    bool is_out() const { return now < health.ejected_until(); }
    std::chrono::nanoseconds left() const { return health.ejected_until() - now; }

    // '+' and '-' are answers to the prober's questions; the letters of the result say where it stands after each.
    std::string probe(std::string_view answers, settings::HealthCheck const& check) {
        std::string stands;
        for (char const answer : answers) {
            bool const was_down = health.down();
            bool const changed = health.probed(answer == '+', check, now);
            CHECK(changed == (was_down != health.down()));
            stands += health.down() ? 'd' : 'u';
        }
        return stands;
    }
};

}  // namespace

TEST_CASE("so many failures in a row eject, and a success between them begins anew") {
    Bench bench;
    CHECK_FALSE(bench.fails());
    CHECK_FALSE(bench.fails());
    CHECK(bench.health.has_failed());
    bench.succeeds();
    CHECK_FALSE(bench.health.has_failed());
    CHECK_FALSE(bench.fails());
    CHECK_FALSE(bench.fails());
    CHECK_FALSE(bench.is_out());
    CHECK(bench.fails());
    CHECK(bench.left() == 10s);
    bench.now += 10s - 1ms;
    CHECK(bench.is_out());
    bench.now += 1ms;
    CHECK_FALSE(bench.is_out());
}

TEST_CASE("who fails when it has come back is out at once, for twice as long, up to a bound, until it succeeds") {
    Bench bench;
    for (int i = 0; i < 3; ++i) (void)bench.fails();
    for (auto const length : {10s, 20s, 35s, 35s}) {
        CHECK(bench.left() == length);
        bench.now += length;
        CHECK(bench.fails());
    }
    bench.now += 35s;
    bench.succeeds();
    CHECK_FALSE(bench.health.has_failed());
    CHECK_FALSE(bench.fails());
    CHECK_FALSE(bench.fails());
    CHECK(bench.fails());
    CHECK(bench.left() == 10s);
}

TEST_CASE("what was sent before an ejection neither prolongs nor ends it") {
    Bench bench;
    for (int i = 0; i < 3; ++i) (void)bench.fails();
    bench.now += 1s;
    CHECK_FALSE(bench.fails());
    bench.succeeds();
    CHECK(bench.left() == 9s);
    CHECK(bench.health.has_failed());
    bench.now += 9s;
    CHECK(bench.fails());
    CHECK(bench.left() == 20s);
}

TEST_CASE("the prober takes a server away and brings it back after so many answers in a row") {
    struct Row {
        unsigned unhealthy_after, healthy_after;
        std::string_view answers, stands;
    };
    for (auto const& row : {Row{3, 2, "+++", "uuu"}, Row{3, 2, "---", "uud"}, Row{3, 2, "--+---", "uuuuud"},
                            Row{3, 2, "---+-+++", "uudddduu"}, Row{3, 2, "---++--", "uudduuu"},
                            Row{1, 1, "-+-+", "dudu"}, Row{2, 3, "--++-+++--", "udddddduud"}}) {
        CAPTURE(row.answers);
        Bench bench;
        settings::HealthCheck const check{.healthy_after = row.healthy_after, .unhealthy_after = row.unhealthy_after};
        CHECK(bench.probe(row.answers, check) == row.stands);
    }
}

TEST_CASE("what nobody asks any more is not down, and both judges are independent") {
    Bench bench;
    settings::HealthCheck const check{.healthy_after = 1, .unhealthy_after = 1};
    for (int i = 0; i < 3; ++i) (void)bench.fails();
    CHECK(bench.probe("-+", check) == "du");
    CHECK(bench.is_out());
    CHECK(bench.probe("-", check) == "d");
    bench.health.forget_probes();
    CHECK_FALSE(bench.health.down());
    CHECK(bench.is_out());
}

TEST_CASE("who comes back, from either, begins with a tenth and has all after the slow start") {
    Bench bench;
    auto const factor = [&bench](std::chrono::milliseconds slow_start) {
        return slow_start_factor(bench.health.back_since(), slow_start, bench.now);
    };
    CHECK(factor(10s) == 1);  // it was never away
    for (int i = 0; i < 3; ++i) (void)bench.fails();
    bench.now += 10s;
    CHECK(factor(10s) == doctest::Approx(0.1));
    CHECK(factor(0s) == 1);
    bench.now += 5s;
    CHECK(factor(10s) == doctest::Approx(0.5));
    bench.now += 50s;
    CHECK(factor(10s) == 1);
    CHECK(bench.probe("-+", {.healthy_after = 1, .unhealthy_after = 1}) == "du");
    bench.now += 2500ms;
    CHECK(factor(10s) == doctest::Approx(0.25));
}

}  // namespace tollgate::health_test
