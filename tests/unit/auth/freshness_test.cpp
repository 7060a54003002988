#include "auth/freshness.hpp"

#include <doctest/doctest.h>

namespace tollgate::freshness_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;

TEST_CASE("a silent store makes users stale after its grace") {
    struct Row {
        std::chrono::nanoseconds silence;
        std::chrono::milliseconds grace;
        Freshness expected;
    };
    for (auto const& [silence, grace, expected] : {
             Row{0s, 60s, Freshness::fresh},
             Row{1s, 60s, Freshness::fresh},
             Row{1s + 1ns, 60s, Freshness::grace},
             Row{60s, 60s, Freshness::grace},
             Row{60s + 1ns, 60s, Freshness::stale},
             Row{1h, 60s, Freshness::stale},
             Row{1s, 0s, Freshness::fresh},
             Row{1s + 1ns, 0s, Freshness::stale},
             Row{900ms, 500ms, Freshness::fresh},
             Row{1100ms, 500ms, Freshness::stale},
             Row{-5s, 60s, Freshness::fresh},
         }) {
        CAPTURE(silence.count());
        CAPTURE(grace.count());
        CHECK(freshness_after(silence, grace) == expected);
    }
}

}  // namespace tollgate::freshness_test
