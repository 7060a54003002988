#include "upstream/targets.hpp"

#include <doctest/doctest.h>

#include <memory>

namespace tollgate::targets_test {
using upstream::Targets;

TEST_CASE("each worker has a target of its own for each server, and the prober one that nobody else has") {
    auto const context = net::TlsClientContext::create({.ca = {}, .certificate = {}, .key = {}, .verify = false});
    auto const other = net::TlsClientContext::create({.ca = {}, .certificate = {}, .key = {}, .verify = false});
    REQUIRE(context.has_value());
    REQUIRE(other.has_value());
    Targets targets({"a.example", "b.example", "c.example"}, 2);
    targets.use(*context);
    for (std::size_t server = 0; server < 3; ++server) {
        for (unsigned worker = 0; worker < 2; ++worker) {
            auto const target = targets.at(server, worker);
            CHECK(target->name() == std::string(1, static_cast<char>('a' + server)) + ".example");
            CHECK(targets.at(server, worker) == target);
            CHECK(targets.at(server, 1 - worker) != target);
        }
        auto const of_prober = targets.at(server, 2);
        CHECK(of_prober->name() == targets.at(server, 0)->name());
        CHECK(targets.at(server, 2) != of_prober);
        CHECK(&of_prober->context() == context->get());
    }
    auto const before = targets.at(1, 1);
    targets.use(*other);
    CHECK(targets.at(1, 1) != before);
    CHECK(&targets.at(1, 1)->context() == other->get());
    CHECK(&before->context() == context->get());
}

}  // namespace tollgate::targets_test
