#include "unit/net/resolver_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <string>
#include <vector>

namespace tollgate::resolver_failure_test {
using namespace std::chrono_literals;
using tollgate::errc;
using tollgate::test::addresses;
using tollgate::test::ResolverBench;

TEST_CASE("what no host can be called is unresolved and no server is asked") {
    ResolverBench bench;
    bench.server.start();
    std::string too_long;
    while (too_long.size() < 255) too_long += "label.";
    std::string const names[] = {
        "",
        " ",
        "a b.invalid",
        "a..invalid",
        "h\xc3\xb6st.invalid",
        "a\\.invalid",
        "[::1]",
        "a/b",
        "a:80",
        "-\n",
        std::string("127.0.0.1\0.invalid", 18),
        std::string("a\0b.invalid", 11),
        std::string(64, 'a') + ".invalid",
        too_long,
    };
    for (auto const& name : names) {
        CAPTURE(name);
        CHECK(bench.resolve(name) == tollgate::failure(errc::upstream_unresolved));
    }
    CHECK(bench.server.packets == 0);
}

TEST_CASE("a name that the server does not know, or that has no address, is unresolved") {
    ResolverBench bench;
    bench.server.hosts["empty.example"] = {.v4 = ""};
    bench.server.start();
    CHECK(bench.resolve("nowhere.invalid") == tollgate::failure(errc::upstream_unresolved));
    CHECK(bench.server.questions["nowhere.invalid"] == 1);
    CHECK(bench.resolve("empty.example") == tollgate::failure(errc::upstream_unresolved));
    CHECK(bench.server.questions["empty.example"] == 1);
}

TEST_CASE("a name that is gone is unresolved at once: whoever has its address now is somebody else") {
    for (bool const without_address : {false, true}) {
        ResolverBench bench;
        bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
        bench.server.start();
        CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
        if (without_address) bench.server.hosts["ai.example"].v4 = "";
        else bench.server.hosts.clear();
        bench.clock.advance(1s);
        CHECK(bench.resolve("ai.example") == tollgate::failure(errc::upstream_unresolved));
    }
}

TEST_CASE("the last good addresses stay in use when the server fails") {
    ResolverBench bench;
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
    bench.server.start();
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    bench.server.hosts.clear();
    bench.server.twist = [](std::string reply) {
        reply[3] = '\x82';  // SERVFAIL
        return reply;
    };
    bench.clock.advance(1s);
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    auto const asked = bench.server.questions["ai.example"];
    CHECK(asked >= 2);
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    CHECK(bench.server.questions["ai.example"] == asked);
}

TEST_CASE("a silent server costs the timeout, and the last good addresses stay in use") {
    ResolverBench bench(300ms);
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
    bench.server.start();
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    bench.server.silent = true;
    bench.clock.advance(1s);
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    bench.context.poll();
    auto const asked = bench.server.questions["ai.example"];
    CHECK(asked >= 2);
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    bench.context.poll();
    CHECK(bench.server.questions["ai.example"] == asked);  // 30 s without another try
    bench.server.silent = false;
    bench.server.hosts["ai.example"].v4 = "127.0.0.6";
    bench.clock.advance(30s);
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.6"}));
}

TEST_CASE("many silent servers cost no more than the timeout, and what one of them says later is used") {
    constexpr auto timeout = 250ms;
    ResolverBench bench;
    std::string servers = bench.server.address();
    for (int i = 1; i < 8; ++i) servers += "," + bench.server.address();  // asked in turn: six times the timeout
    bench.resolver.emplace(net::Resolver::Options{servers, timeout, &bench.clock});
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
    bench.server.silent = true;
    bench.server.start();
    auto const start = std::chrono::steady_clock::now();
    auto const processor_start = std::clock();
    CHECK(bench.resolve("ai.example") == tollgate::failure(errc::upstream_unresolved));
    auto const taken = std::chrono::steady_clock::now() - start;
    CHECK(std::clock() - processor_start < CLOCKS_PER_SEC / 8);  // it slept, and did not spin
    CHECK(taken >= timeout);
    CHECK(taken < 4 * timeout);
    bench.server.silent = false;
    CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
}

TEST_CASE("no more than 1,024 lookups are under way") {
    ResolverBench bench;
    std::vector<ResolverBench::Outcome> outcomes(1'024);
    ResolverBench::Outcome one_more, same;
    int number = 0;
    for (auto& outcome : outcomes) bench.spawn(std::to_string(++number) + ".example", outcome);
    bench.spawn("1.example", same);
    bench.spawn("0.example", one_more);
    bench.run_until_done(one_more);
    CHECK(*one_more.result == tollgate::failure(errc::upstream_unresolved));
    bench.resolver.reset();
    bench.run_until_done(same);
    bench.context.poll();
    CHECK(*same.result == tollgate::failure(errc::cancelled));
    CHECK(std::ranges::all_of(
        outcomes, [](auto const& outcome) { return outcome.result == tollgate::failure(errc::cancelled); }));
}

TEST_CASE("destruction does not wait for a silent server, those who wait are told") {
    ResolverBench bench;
    bench.server.silent = true;
    bench.server.start();
    ResolverBench::Outcome first, second;
    bench.spawn("ai.example", first);
    bench.spawn("other.example", second);
    while (bench.server.packets < 4) REQUIRE(bench.context.run_one_for(20s) == 1);
    auto const start = std::chrono::steady_clock::now();
    bench.resolver.reset();
    CHECK(std::chrono::steady_clock::now() - start < 5s);  // its timeout is a minute
    bench.run_until_done(first);
    bench.run_until_done(second);
    CHECK(*first.result == tollgate::failure(errc::cancelled));
    CHECK(*second.result == tollgate::failure(errc::cancelled));
}

TEST_CASE("a resolver that was never asked ends at once") { net::Resolver resolver; }

TEST_CASE("servers that cannot be parsed are refused") {
    CHECK_THROWS_AS(net::Resolver({.servers = "not an address"}), std::runtime_error);
}

}  // namespace tollgate::resolver_failure_test
