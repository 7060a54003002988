#include "proxy/patience.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::patience_test {
using namespace std::chrono_literals;
using proxy::Patience;

namespace {

// What is done in `time`, moved from one due time to the next: l, c, and g for the end.
std::string acts(Patience patience, steady_time& now, std::chrono::milliseconds time) {
    std::string done;
    for (auto const until = now + time; now <= until; now = patience.next()) {
        for (;;) {
            auto const act = patience.at(now);
            if (act == Patience::Act::wait) break;
            done += act == Patience::Act::look ? 'l' : act == Patience::Act::comment ? 'c' : 'g';
            if (act == Patience::Act::give_up) return done;
        }
        CHECK(patience.next() > now);
    }
    return done;
}

}  // namespace

TEST_CASE("who waits looks around every 250 ms and gives up in time") {
    auto const began = steady_time(1h);
    auto now = began;
    CHECK(acts({now, 1s, {}}, now, 1h) == "lllg");
    CHECK(now == began + 1s);
    now = began;
    CHECK(acts({now, 100ms, {}}, now, 1h) == "g");
    CHECK(now == began + 100ms);
}

TEST_CASE("a client gets a sign of life each time that its interval is over") {
    auto now = steady_time(1h);
    CHECK(acts({now, 1s, 300ms}, now, 1h) == "lclclcg");
    now = steady_time(1h);
    CHECK(acts({now, 10min, 15s}, now, 15s) == std::string(59, 'l') + "cl");
}

TEST_CASE("what was missed while nobody asked is due once") {
    auto const began = steady_time(1h);
    Patience patience(began, 1h, 15s);
    CHECK(patience.at(began + 100s) == Patience::Act::comment);
    CHECK(patience.at(began + 100s) == Patience::Act::look);
    CHECK(patience.at(began + 100s) == Patience::Act::wait);
    CHECK(patience.next() == began + 100s + 250ms);
    CHECK(patience.at(began + 1h) == Patience::Act::give_up);
    CHECK(patience.at(began + 1h) == Patience::Act::give_up);
}

TEST_CASE("who waits follows other rules from when they are said, as if they had been there from the beginning") {
    auto const began = steady_time(1h);
    Patience patience(began, 1min, {});
    CHECK(patience.at(began + 2s) == Patience::Act::look);
    CHECK(patience.at(began + 2s) == Patience::Act::wait);
    patience.follow(2s, {});
    CHECK(patience.at(began + 2s) == Patience::Act::give_up);
    patience.follow(2min, 1s);
    CHECK(patience.at(began + 2s) == Patience::Act::comment);
    CHECK(patience.at(began + 2s) == Patience::Act::wait);
    patience.follow(2min, 30s);
    CHECK(patience.next() == began + 2s + 250ms);
    CHECK(patience.at(began + 32s - 1ms) == Patience::Act::look);
    CHECK(patience.at(began + 32s - 1ms) == Patience::Act::wait);
    CHECK(patience.at(began + 32s) == Patience::Act::comment);
    patience.follow(2min, {});
    CHECK(patience.at(began + 1min) == Patience::Act::look);
    CHECK(patience.at(began + 1min) == Patience::Act::wait);
    CHECK(patience.at(began + 2min) == Patience::Act::give_up);
}

}  // namespace tollgate::patience_test
