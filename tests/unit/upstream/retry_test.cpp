#include "upstream/retry.hpp"

#include <doctest/doctest.h>

using tollgate::upstream::Attempt;
using tollgate::upstream::is_idempotent;
using tollgate::upstream::may_retry;

TEST_CASE("the idempotent methods are those of RFC 9110, section 9.2.2") {
    for (auto const* const method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) CHECK(is_idempotent(method));
    for (auto const* const method : {"POST", "PATCH", "get", "", "PURGE", "CONNECT"})
        CHECK_FALSE(is_idempotent(method));
}

TEST_CASE("a request is repeated only where the service cannot have worked on it, or may work on it twice") {
    // For every combination of the inputs, the rule again, in other words.
    for (auto const* const method : {"GET", "PUT", "POST", "PATCH"}) {
        for (unsigned bits = 0; bits < 16; ++bits) {
            for (unsigned number = 1; number <= 4; ++number) {
                Attempt const attempt{.method = method,
                                      .number = number,
                                      .connection_reused = (bits & 1) != 0,
                                      .bytes_written = (bits & 2) != 0,
                                      .body_at_hand = (bits & 4) != 0,
                                      .answer_begun = (bits & 8) != 0};
                bool const harmless = !attempt.bytes_written || method[0] == 'G' || std::string_view(method) == "PUT";
                bool const possible = attempt.body_at_hand && number < 3;
                bool const stale = attempt.connection_reused && !attempt.answer_begun;
                CAPTURE(method);
                CAPTURE(bits);
                CAPTURE(number);
                CHECK(may_retry(attempt) == (harmless && possible && stale));
            }
        }
    }
}
