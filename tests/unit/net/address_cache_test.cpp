#include "net/address_cache.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tollgate::address_cache_test {
using namespace std::chrono_literals;
using tollgate::steady_time;

namespace {

net::Addresses address(unsigned last) { return {boost::asio::ip::address_v4(0x7f000000U + last)}; }

bool counts(net::Addresses const* found, net::Addresses const& expected) { return found && *found == expected; }

}  // namespace

TEST_CASE("an answer counts for its TTL, at least a second and at most five minutes") {
    struct {
        std::chrono::seconds ttl;
        std::chrono::milliseconds counts_for;
    } const rules[] = {
        {std::chrono::seconds::min(), 1s},
        {-1s, 1s},
        {0s, 1s},
        {1s, 1s},
        {2s, 2s},
        {299s, 299s},
        {300s, 300s},
        {301s, 300s},
        {86'400s, 300s},
        {std::chrono::seconds::max(), 300s},
    };
    steady_time const start{1h};
    for (auto const& rule : rules) {
        CAPTURE(rule.ttl.count());
        net::AddressCache cache;
        CHECK(counts(cache.keep("ai", {address(1), rule.ttl}, start), address(1)));
        CHECK(counts(cache.find("ai", start), address(1)));
        CHECK(counts(cache.find("ai", start + rule.counts_for - 1ns), address(1)));
        CHECK(cache.find("ai", start + rule.counts_for) == nullptr);
        CHECK(cache.find("ai.", start) == nullptr);
    }
}

TEST_CASE("what counts follows the outcomes of the lookups, a failure never forgets") {
    enum class Event { none, answer, failure };
    struct Step {
        std::chrono::milliseconds at;
        Event event;
        unsigned address;   // of the answer
        unsigned counts;    // found after the event; 0: nothing, ask
        unsigned returned;  // by the event itself
    };
    Step const steps[] = {
        {0ms, Event::none, 0, 0, 0},           {0ms, Event::failure, 0, 0, 0},
        {1'000ms, Event::answer, 1, 1, 1},     {10'999ms, Event::none, 0, 1, 0},
        {11'000ms, Event::none, 0, 0, 0},      {12'000ms, Event::failure, 0, 1, 1},
        {41'999ms, Event::none, 0, 1, 0},      {42'000ms, Event::none, 0, 0, 0},
        {3'600'000ms, Event::none, 0, 0, 0},   {3'600'000ms, Event::failure, 0, 1, 1},
        {3'601'000ms, Event::answer, 2, 2, 2}, {3'610'999ms, Event::none, 0, 2, 0},
        {3'611'000ms, Event::none, 0, 0, 0},   {3'611'000ms, Event::answer, 3, 3, 3},
    };
    net::AddressCache cache;
    for (auto const& step : steps) {
        CAPTURE(step.at.count());
        steady_time const now{step.at};
        net::Addresses const* returned = nullptr;
        if (step.event == Event::answer) returned = cache.keep("ai", {address(step.address), 10s}, now);
        if (step.event == Event::failure) returned = cache.fall_back("ai", now);
        CHECK((step.returned ? counts(returned, address(step.returned)) : returned == nullptr));
        auto const* found = cache.find("ai", now);
        CHECK((step.counts ? counts(found, address(step.counts)) : found == nullptr));
    }
}

TEST_CASE("a failure does not shorten what still counts") {
    net::AddressCache cache;
    cache.keep("ai", {address(1), 300s}, steady_time{});
    CHECK(counts(cache.fall_back("ai", steady_time{1s}), address(1)));
    CHECK(counts(cache.find("ai", steady_time{299s}), address(1)));
    CHECK(cache.find("ai", steady_time{300s}) == nullptr);
}

TEST_CASE("a full cache drops the name that would be asked for soonest") {
    net::AddressCache cache(2);
    cache.keep("long", {address(1), 60s}, steady_time{});
    cache.keep("short", {address(2), 10s}, steady_time{});
    cache.keep("long", {address(3), 60s}, steady_time{});  // known: takes no room
    CHECK(counts(cache.find("short", steady_time{}), address(2)));
    cache.keep("new", {address(4), 5s}, steady_time{});
    CHECK(cache.size() == 2);
    CHECK(cache.find("short", steady_time{}) == nullptr);
    CHECK(cache.fall_back("short", steady_time{}) == nullptr);
    CHECK(counts(cache.find("long", steady_time{}), address(3)));
    CHECK(counts(cache.find("new", steady_time{}), address(4)));
}

TEST_CASE("a cache holds 1,024 names unless told otherwise") {
    net::AddressCache cache;
    for (unsigned i = 0; i < 2'000; ++i) cache.keep(std::to_string(i), {address(i), 10s}, steady_time{});
    CHECK(cache.size() == 1'024);
}

TEST_CASE("old addresses are used for a day after they were good, however often lookups fail") {
    net::AddressCache cache;
    steady_time const good{1h};
    cache.keep("ai", {address(1), 10s}, good);
    CHECK_FALSE(cache.is_stale("ai"));
    auto now = good + 10s;
    for (; now < good + 10s + 24h; now += 25s) CHECK(counts(cache.fall_back("ai", now), address(1)));
    CHECK(cache.is_stale("ai"));
    CHECK(cache.find("ai", good + 10s + 24h - 1ns) != nullptr);
    CHECK(cache.find("ai", good + 10s + 24h) == nullptr);
    CHECK(cache.fall_back("ai", good + 10s + 24h) == nullptr);
    CHECK(cache.size() == 0);
    cache.keep("ai", {address(2), 10s}, now);
    CHECK_FALSE(cache.is_stale("ai"));
}

}  // namespace tollgate::address_cache_test
