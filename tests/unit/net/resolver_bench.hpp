// A resolver and the name server that it asks: the callers and the server on the test's thread, the cache on a clock
// that the test moves.
#pragma once

#include "net/resolver.hpp"
#include "support/manual_clock.hpp"
#include "unit/net/dns_server.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <exception>
#include <initializer_list>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace tollgate::test {

struct ResolverBench {
    // What a resolve came to, filled in while its context runs.
    struct Outcome {
        std::optional<Result<net::Addresses>> result;
        std::thread::id thread;
    };

    boost::asio::io_context context;
    DnsServer server{context};
    testing::ManualClock clock;
    std::optional<net::Resolver> resolver;

    explicit ResolverBench(std::chrono::milliseconds timeout = std::chrono::minutes(1)) {
        resolver.emplace(net::Resolver::Options{server.address(), timeout, &clock});
    }

    static void spawn(boost::asio::io_context& context, net::Resolver& resolver, std::string name, Outcome& outcome) {
        boost::asio::co_spawn(context, resolver.resolve(std::move(name)),
                              [&outcome](std::exception_ptr thrown, Result<net::Addresses> result) {
                                  CHECK(!thrown);
                                  outcome = {std::move(result), std::this_thread::get_id()};
                              });
    }

    void spawn(std::string name, Outcome& outcome) { spawn(context, *resolver, std::move(name), outcome); }

    void run_until_done(Outcome const& outcome) {
        while (!outcome.result) REQUIRE(context.run_one_for(std::chrono::seconds(20)) == 1);
    }

    Result<net::Addresses> resolve(std::string name) {
        Outcome outcome;
        spawn(std::move(name), outcome);
        run_until_done(outcome);
        return *outcome.result;
    }
};

inline net::Addresses addresses(std::initializer_list<char const*> texts) {
    net::Addresses made;
    for (auto const* text : texts) made.push_back(boost::asio::ip::make_address(text));
    return made;
}

}  // namespace tollgate::test
