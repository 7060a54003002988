// Name servers that lie: what they say is not believed, or comes to nothing, in time.
#include "unit/net/resolver_bench.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>

namespace tollgate::resolver_lies_test {
using namespace std::chrono_literals;
using tollgate::errc;
using tollgate::test::addresses;
using tollgate::test::ResolverBench;

namespace {

using Twist = std::function<std::string(std::string)>;

constexpr std::size_t name_at = 13;        // of the first letter of the name in the question
constexpr std::size_t v4_record_end = 10;  // TTL, length and data of an A record

bool is_address(std::string const& reply) { return reply[7] == 1; }  // one answer

Twist const another_id = [](std::string reply) {
    reply[0] = static_cast<char>(reply[0] ^ 1);
    return reply;
};
Twist const another_name = [](std::string reply) {
    reply[name_at] = 'x';
    return reply;
};
Twist const half = [](std::string reply) { return reply.substr(0, reply.size() / 2); };
Twist const nothing = [](std::string) { return std::string("?"); };
Twist const loop = [](std::string reply) {  // the name is an alias of itself
    if (!is_address(reply)) return reply;
    reply.resize(reply.size() - v4_record_end - 4);
    return reply + std::string("\0\5\0\1\0\0\0\1\0\2\xc0\x0c", 12);
};

}  // namespace

TEST_CASE("an answer to another question, a broken one and an alias of itself come to nothing, in time") {
    for (auto const* const twist : {&another_id, &another_name, &half, &nothing, &loop}) {
        ResolverBench bench(400ms);
        bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
        bench.server.twist = *twist;
        bench.server.start();
        auto const began = std::chrono::steady_clock::now();
        CHECK(bench.resolve("ai.example") == tollgate::failure(errc::upstream_unresolved));
        CHECK(std::chrono::steady_clock::now() - began < 4s);
        bench.server.twist = nullptr;
        CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
    }
}

TEST_CASE("a TTL that is no TTL counts as a second") {
    ResolverBench bench;
    bench.server.hosts["ai.example"] = {.v4 = "127.0.0.5"};
    bench.server.twist = [](std::string reply) {
        if (is_address(reply)) reply.replace(reply.size() - v4_record_end, 4, "\x80\0\0\0", 4);  // 2^31
        return reply;
    };
    bench.server.start();
    for (int asked = 1; asked < 4; ++asked) {
        CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
        bench.clock.advance(999ms);
        CHECK(bench.resolve("ai.example") == addresses({"127.0.0.5"}));
        CHECK(bench.server.questions["ai.example"] == asked);
        bench.clock.advance(1ms);
    }
}

}  // namespace tollgate::resolver_lies_test
