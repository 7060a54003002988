#include "limit/ledger.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::ledger_test {
using namespace tollgate::limit;
using namespace std::chrono_literals;

namespace {

constexpr steady_time start{1h};
constexpr Quota two_running{.requests = {}, .concurrent = 2};
constexpr Quota two_a_minute{.requests = RequestRate{2, 1min}, .concurrent = {}};

Ledger::Key key_of(Ledger const& ledger, std::string_view user, std::string_view route = "/generate") {
    return ledger.key_of({CallerKind::user, user}, route);
}

}  // namespace

TEST_CASE("a place is held until its end, and given back once") {
    Ledger ledger;
    auto const key = key_of(ledger, "1");
    {
        auto const first = ledger.enter(key, two_running, start);
        CHECK(first.refused == errc{});
        CHECK_FALSE(first.level);
        auto second = ledger.enter(key, two_running, start);
        CHECK(second.refused == errc{});
        CHECK(ledger.enter(key, two_running, start).refused == errc::concurrency_limited);

        auto const moved = std::move(second.place);
        CHECK(ledger.enter(key, two_running, start).refused == errc::concurrency_limited);
    }
    auto first = ledger.enter(key, two_running, start);
    auto const second = ledger.enter(key, two_running, start);
    CHECK(second.refused == errc{});
    CHECK(ledger.enter(key, two_running, start).refused == errc::concurrency_limited);
    first.place = {};
    auto const third = ledger.enter(key, two_running, start);
    CHECK(third.refused == errc{});
    CHECK(ledger.enter(key, two_running, start).refused == errc::concurrency_limited);
}

TEST_CASE("over the rate it says how long to wait and what is left") {
    Ledger ledger;
    auto const key = key_of(ledger, "1");
    CHECK(ledger.enter(key, two_a_minute, start).level == Level{2, 1, 30s});
    CHECK(ledger.enter(key, two_a_minute, start).level == Level{2, 0, 60s});
    auto const over = ledger.enter(key, two_a_minute, start + 10s);
    CHECK(over.refused == errc::rate_limited);
    CHECK(over.level == Level{2, 0, 50s});
    CHECK(over.retry_after == 20s);
    CHECK(ledger.enter(key, two_a_minute, start + 30s).refused == errc{});
}

TEST_CASE("a request refused for concurrency costs nothing of the rate, one over the rate takes no place") {
    Ledger ledger;
    auto const key = key_of(ledger, "1");
    constexpr Quota quota{.requests = RequestRate{3, 1min}, .concurrent = 1};
    auto running = ledger.enter(key, quota, start);
    for (int i = 0; i < 10; ++i) {
        auto const refused = ledger.enter(key, quota, start);
        CHECK(refused.refused == errc::concurrency_limited);
        CHECK(refused.level == Level{3, 2, 20s});
    }
    running.place = {};
    CHECK(ledger.enter(key, quota, start).refused == errc{});
    CHECK(ledger.enter(key, quota, start).refused == errc{});
    CHECK(ledger.enter(key, quota, start).refused == errc::rate_limited);
    auto const later = ledger.enter(key, quota, start + 20s);
    CHECK(later.refused == errc{});
}

TEST_CASE("users, routes and addresses have rows of their own") {
    Ledger ledger;
    std::vector<Ledger::Key> const keys{
        key_of(ledger, "1", "/a"),
        key_of(ledger, "2", "/a"),
        key_of(ledger, "1", "/b"),
        key_of(ledger, "1/", "a"),
        ledger.key_of({CallerKind::address, "1"}, "/a"),
    };
    for (auto const key : keys) {
        CHECK(ledger.enter(key, two_a_minute, start).level == Level{2, 1, 30s});
    }
    CHECK(ledger.size() == keys.size());
    CHECK(key_of(ledger, "1", "/a") == keys[0]);
    CHECK(key_of(Ledger(), "1", "/a") != keys[0]);
}

TEST_CASE("a full ledger forgets the row that was used least recently") {
    Ledger ledger(3, 1);
    for (auto const* const user : {"a", "b", "c", "a"}) {
        CHECK(ledger.enter(key_of(ledger, user), two_a_minute, start).refused == errc{});
    }
    CHECK(ledger.enter(key_of(ledger, "d"), two_a_minute, start).refused == errc{});
    CHECK(ledger.size() == 3);
    CHECK(ledger.enter(key_of(ledger, "a"), two_a_minute, start).refused == errc::rate_limited);
    CHECK(ledger.enter(key_of(ledger, "b"), two_a_minute, start).level == Level{2, 1, 30s});
}

TEST_CASE("a row with running requests is never forgotten; when there are no others, strangers are refused") {
    Ledger ledger(2, 1);
    auto a = ledger.enter(key_of(ledger, "a"), two_running, start);
    auto const b = ledger.enter(key_of(ledger, "b"), two_running, start);
    for (int i = 0; i < 10; ++i) {
        auto const stranger = ledger.enter(key_of(ledger, "stranger " + std::to_string(i)), two_a_minute, start);
        CHECK(stranger.refused == errc::concurrency_limited);
        CHECK(stranger.level == Level{2, 2, 0s});
    }
    auto again = ledger.enter(key_of(ledger, "a"), two_running, start);
    CHECK(again.refused == errc{});
    CHECK(ledger.size() == 2);

    a.place = {};
    CHECK(ledger.enter(key_of(ledger, "c"), two_running, start).refused == errc::concurrency_limited);
    again.place = {};
    CHECK(ledger.enter(key_of(ledger, "c"), two_running, start).refused == errc{});
    CHECK(ledger.size() == 2);
}

TEST_CASE("however many addresses come, no user is forgotten for one, and the other way round") {
    Ledger ledger(4, 2);
    auto const address = ledger.key_of({CallerKind::address, "192.0.2.1"}, "/");
    auto const user = key_of(ledger, "1", "/");
    for (int i = 0; i < 2; ++i) CHECK(ledger.enter(user, two_a_minute, start).refused == errc{});
    for (int i = 0; i < 100; ++i)
        (void)ledger.enter(ledger.key_of({CallerKind::address, std::to_string(i)}, "/"), two_a_minute, start);
    CHECK(ledger.enter(user, two_a_minute, start).refused == errc::rate_limited);
    CHECK(ledger.size() <= 5);

    for (int i = 0; i < 2; ++i) CHECK(ledger.enter(address, two_a_minute, start).refused == errc{});
    for (int i = 0; i < 100; ++i) (void)ledger.enter(key_of(ledger, std::to_string(i), "/"), two_a_minute, start);
    CHECK(ledger.enter(address, two_a_minute, start).refused == errc::rate_limited);
    CHECK(ledger.size() <= 8);
}

TEST_CASE("rows of all shards together stay within the bound") {
    Ledger ledger(256, 16);
    for (int i = 0; i < 10'000; ++i) (void)ledger.enter(key_of(ledger, std::to_string(i)), two_a_minute, start);
    CHECK(ledger.size() <= 256);
    CHECK(ledger.size() > 200);
}

TEST_CASE("eight threads never have more running than the quota says, and nothing stays behind") {
    constexpr std::uint32_t most = 3;
    constexpr int users = 4;
    constexpr Quota quota{.requests = RequestRate{1'000'000, 1s}, .concurrent = most};
    Ledger ledger(64, 4);
    std::array<std::atomic<std::uint32_t>, users> running{};
    std::atomic<int> admitted{0};
    std::atomic<int> over{0};

    auto const work = [&](int thread) {
        for (int i = 0; i < 5'000; ++i) {
            auto const user = static_cast<std::size_t>((thread + i) % users);
            auto const entry = ledger.enter(key_of(ledger, std::to_string(user)), quota, start + i * 1ms);
            if (entry.refused != errc{}) continue;
            if (running[user].fetch_add(1) + 1 > most) ++over;
            ++admitted;
            if (i % 7 == 0) std::this_thread::yield();
            running[user].fetch_sub(1);
        }
    };
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 8; ++thread) threads.emplace_back(work, thread);
    }
    CHECK(over == 0);
    CHECK(admitted > 1'000);
    for (int user = 0; user < users; ++user) {
        std::vector<Ledger::Entry> entries;
        for (std::uint32_t i = 0; i < most; ++i) {
            entries.push_back(ledger.enter(key_of(ledger, std::to_string(user)), quota, start + 1h));
            CHECK(entries.back().refused == errc{});
        }
        CHECK(ledger.enter(key_of(ledger, std::to_string(user)), quota, start + 1h).refused ==
              errc::concurrency_limited);
    }
}

}  // namespace tollgate::ledger_test
