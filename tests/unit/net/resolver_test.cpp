#include "unit/net/resolver_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::resolver_test {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using tollgate::test::addresses;
using tollgate::test::ResolverBench;

TEST_CASE("an address literal is itself and no server is asked") {
    ResolverBench bench;
    bench.server.start();
    for (auto const* literal : {"127.0.0.1", "192.0.2.7", "::1", "2001:db8::7"}) {
        CAPTURE(literal);
        CHECK(bench.resolve(literal) == addresses({literal}));
    }
    CHECK(bench.server.packets == 0);
}

TEST_CASE("localhost is a loopback address by the hosts file") {
    ResolverBench bench;
    bench.server.start();
    for (auto const* name : {"localhost", "LocalHost"}) {
        auto const found = bench.resolve(name);
        REQUIRE(found);
        REQUIRE(!found->empty());
        CHECK(std::ranges::all_of(*found, [](auto const& address) { return address.is_loopback(); }));
    }
    CHECK(bench.server.packets == 0);
}

TEST_CASE("a name has its addresses of both families") {
    ResolverBench bench;
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5", .v6 = "2001:db8::5"};
    bench.server.start();
    auto found = bench.resolve("ai.example");
    REQUIRE(found);
    std::ranges::sort(*found);  // which one comes first depends on the machine (RFC 6724)
    CHECK(*found == addresses({"127.0.0.5", "2001:db8::5"}));
}

TEST_CASE("an answer is used for its TTL, then the server is asked again") {
    ResolverBench bench;
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
    bench.server.start();
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    bench.server.hosts["ai.example"].v4 = "127.0.0.6";
    bench.clock.advance(999ms);
    CHECK(bench.resolve("AI.example") == addresses({"127.0.0.5"}));
    CHECK(bench.server.questions["ai.example"] == 1);
    bench.clock.advance(1ms);
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.6"}));
    CHECK(bench.server.questions["ai.example"] == 2);
}

TEST_CASE("the shortest TTL counts, that of an alias too") {
    struct {
        std::uint8_t alias_ttl, ttl;
    } const rules[] = {{2, 200}, {200, 2}};
    for (auto const& rule : rules) {
        CAPTURE(rule.ttl);
        ResolverBench bench;
        bench.server.hosts["ai.example"] = {
            .v4 = "127.0.0.5", .ttl_seconds = rule.ttl, .alias_ttl_seconds = rule.alias_ttl};
        bench.server.start();
        CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
        bench.clock.advance(1'999ms);
        CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
        CHECK(bench.server.questions["ai.example"] == 1);
        bench.clock.advance(1ms);
        CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
        CHECK(bench.server.questions["ai.example"] == 2);
    }
}

TEST_CASE("an answer too long for a packet is fetched over TCP") {
    ResolverBench bench;
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5", .truncated = true};
    bench.server.start();
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    CHECK(bench.server.tcp_connections == 1);
}

TEST_CASE("callers of one name share one lookup") {
    ResolverBench bench;
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
    std::vector<ResolverBench::Outcome> outcomes(8);
    for (auto& outcome : outcomes) bench.spawn("ai.example", outcome);
    bench.context.poll();  // all of them wait now; the server has not begun to read
    CHECK(std::ranges::none_of(outcomes, [](auto const& outcome) { return outcome.result.has_value(); }));
    bench.server.start();
    for (auto const& outcome : outcomes) {
        bench.run_until_done(outcome);
        CHECK(*outcome.result == addresses({"127.0.0.5"}));
    }
    CHECK(bench.server.questions["ai.example"] == 1);
}

TEST_CASE("callers on several threads are resumed on their own") {
    std::vector<std::vector<ResolverBench::Outcome>> outcomes(4, std::vector<ResolverBench::Outcome>(50));
    std::vector<std::thread::id> ids(outcomes.size());
    std::deque<asio::io_context> contexts(outcomes.size());
    net::Resolver resolver;
    auto const work = [&](std::size_t i) {
        ids[i] = std::this_thread::get_id();
        for (auto& outcome : outcomes[i]) {
            ResolverBench::spawn(contexts[i], resolver, "localhost", outcome);
            contexts[i].run_for(20s);
            contexts[i].restart();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < outcomes.size(); ++i) threads.emplace_back(work, i);
    }
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        for (auto const& outcome : outcomes[i]) {
            REQUIRE(outcome.result);
            REQUIRE(*outcome.result);
            CHECK((*outcome.result)->front().is_loopback());
            CHECK(outcome.thread == ids[i]);
        }
}

}  // namespace tollgate::resolver_test
