#include "base/path_pattern.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::path_pattern_test {

TEST_CASE("patterns that some normalised path can match are fine") {
    for (char const* const pattern : {"/", "/generate", "/a/", "/v1/models/{id}", "/{a}/x/{b}", "/x/*", "/*", "/{a}/*",
                                      "/caf%C3%A9", "/a:b@c!$&'()+,;=", "/a;..", "/-._~", "/%7B"}) {
        CAPTURE(pattern);
        CHECK_FALSE(pattern_error(pattern).has_value());
    }
}

TEST_CASE("patterns that match nothing, or not what they seem to, are refused") {
    for (
        char const* const pattern :
        {"",      "a",     "*",     "//",           "/a//b",  "/.",      "/a/..",       "/..;x",         "/.;",  "/;a",
         "/x{a}", "/{a}x", "/{",    "/}",           "/{}",    "/{1}",    "/{a-b}",      "/{a}/{a}",      "/*/a", "/a*",
         "/**",   "/*/",   "/%",    "/%4",          "/%zz",   "/%c3",    "/%41",        "/%7E",          "/%2F", "/%5C",
         "/%00",  "/%0A",  "/a%7F", "/a/..%20",     "/..%3B", "/%C0%AE", "/x%E0%80%AF", "/%F0%80%80%AE", "/a?b", "/a#b",
         "/a b",  "/a\\b", "/\"",   "/caf\xc3\xa9", "/\x01",  "/a|b"}) {
        CAPTURE(pattern);
        CHECK(pattern_error(pattern).has_value());
    }
}

TEST_CASE("a pattern is bounded in bytes and in segments") {
    CHECK_FALSE(pattern_error("/" + std::string(most_pattern_bytes - 1, 'a')).has_value());
    CHECK(pattern_error("/" + std::string(most_pattern_bytes, 'a')).has_value());
    std::string deep;
    for (std::size_t i = 0; i < most_pattern_segments; ++i) deep += "/a";
    CHECK_FALSE(pattern_error(deep).has_value());
    CHECK(pattern_error(deep + "/a").has_value());
}

TEST_CASE("a prefix is literal and has no slash at its end") {
    for (char const* const good : {"/v1", "/a/b", "/caf%C3%A9"}) CHECK_FALSE(prefix_error(good).has_value());
    for (char const* const bad : {"", "/", "v1", "/v1/", "/{a}", "/*", "/a/../b", "/a?b"}) {
        CAPTURE(bad);
        CHECK(prefix_error(bad).has_value());
    }
}

}  // namespace tollgate::path_pattern_test
