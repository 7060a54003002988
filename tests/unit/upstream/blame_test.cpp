#include "upstream/blame.hpp"

#include <doctest/doctest.h>

#include <string_view>

namespace tollgate::blame_test {
using namespace std::chrono_literals;
using upstream::Attempt;
using upstream::Failure;
using upstream::is_to_blame;

namespace {

constexpr Attempt unconnected{.method = "POST"};
constexpr Attempt fresh{.method = "POST", .connected = true};
constexpr Attempt reused{.method = "POST", .connected = true, .connection_reused = true};

Attempt answering(Attempt attempt) {
    attempt.answer_begun = true;
    return attempt;
}

}  // namespace

TEST_CASE("a server is to blame for what it had completely, or could not be given") {
    struct Row {
        std::string_view title;
        Attempt attempt;
        Failure failure;
        bool blamed;
    };
    for (auto const& row : {
             Row{"refused", unconnected, {.why = errc::upstream_refused, .had_request = true}, true},
             Row{"no address", unconnected, {.why = errc::upstream_unresolved, .had_request = true}, true},
             Row{"connects too slowly", unconnected, {.why = errc::upstream_timeout, .had_request = true}, true},
             Row{"not to be trusted", unconnected, {.why = errc::upstream_tls, .had_request = true}, true},
             Row{"no TLS, with a body to come", unconnected, {.why = errc::upstream_tls, .had_request = false}, true},
             Row{"broke off before it was connected",
                 unconnected,
                 {.why = errc::upstream_failed, .had_request = true},
                 true},
             Row{"refused, with a body to come",
                 unconnected,
                 {.why = errc::upstream_refused, .had_request = false},
                 true},
             Row{"no descriptors left here",
                 unconnected,
                 {.why = errc::too_many_connections, .had_request = true},
                 false},
             Row{"silent", fresh, {.why = errc::upstream_timeout, .had_request = true}, true},
             Row{"broke off", fresh, {.why = errc::upstream_failed, .had_request = true}, true},
             Row{"dead in the pool", reused, {.why = errc::upstream_failed, .had_request = true}, false},
             Row{"broke off within the head",
                 answering(reused),
                 {.why = errc::upstream_failed, .had_request = true},
                 true},
             Row{"silent in an upload", fresh, {.why = errc::upstream_timeout, .had_request = false}, false},
             Row{"broke off in an upload", fresh, {.why = errc::upstream_failed, .had_request = false}, false},
             Row{"broke off in an upload, answering",
                 answering(fresh),
                 {.why = errc::upstream_failed, .had_request = false},
                 false},
             Row{"not HTTP", fresh, {.why = errc::upstream_bad_response, .had_request = true}, false},
             Row{"the client left", fresh, {.why = errc::client_gone, .had_request = true}, false},
         }) {
        CAPTURE(row.title);
        CHECK(is_to_blame(row.attempt, row.failure) == row.blamed);
    }
}

TEST_CASE("a server is to blame for the total time when half of it was its own") {
    for (auto const& attempt : {unconnected, fresh, reused}) {
        Failure failure{.why = errc::upstream_timeout, .had_request = true, .total = 10s};
        CHECK_FALSE(is_to_blame(attempt, failure));
        failure.waited = 5s - 1ms;
        CHECK_FALSE(is_to_blame(attempt, failure));
        failure.waited = 5s;
        CHECK(is_to_blame(attempt, failure));
    }
}

}  // namespace tollgate::blame_test
