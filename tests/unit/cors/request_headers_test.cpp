#include "cors/request_headers.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string_view>

namespace tollgate::request_headers_test {
using tollgate::cors::RequestHeaders;

namespace {

RequestHeaders headers_of(std::initializer_list<std::string_view> texts) {
    RequestHeaders headers;
    for (auto const text : texts) CHECK_FALSE(headers.add(text));
    return headers;
}

}  // namespace

TEST_CASE("all asked names must be allowed, by name or by their beginning, case ignored") {
    auto const headers = headers_of({"Authorization", "content-type", "X-Stainless-*"});
    struct Row {
        std::string_view asked;
        bool allowed;
    };
    for (auto const& [asked, allowed] : {
             Row{"authorization", true},
             Row{"authorization,content-type", true},
             Row{"AUTHORIZATION , Content-Type\t", true},
             Row{"authorization,,content-type,", true},
             Row{"x-stainless-os,x-stainless-retry-count,authorization", true},
             Row{"x-stainless-", true},
             Row{"x-stainless", false},
             Row{"ax-stainless-os", false},
             Row{"x-other", false},
             Row{"authorization,x-other", false},
             Row{"x-other,authorization", false},
             Row{"authorization2", false},
             Row{"authorizatio", false},
             Row{"*", false},
             Row{"x-stainless-*", false},
             Row{"author ization", false},
             Row{"authorization;content-type", false},
         }) {
        CAPTURE(asked);
        CHECK(headers.allow(asked) == allowed);
    }
}

TEST_CASE("all allows every name that is one, and no star") {
    auto const headers = headers_of({"all"});
    CHECK(headers.allow("x-anything,authorization"));
    CHECK_FALSE(headers.allow("*"));
    CHECK_FALSE(headers.allow("x-a,*"));
    CHECK_FALSE(headers.allow("x-*"));
    CHECK_FALSE(headers.allow("a b"));
}

TEST_CASE("no names allow no name") { CHECK_FALSE(headers_of({}).allow("authorization")); }

TEST_CASE("what is no name nor the beginning of one is refused") {
    RequestHeaders headers;
    CHECK(headers.add("*") == "write `all` for every header");
    for (auto const* const text : {"", "a b", "a,b", "*a", "a*b", "a**", "X-Stainless-*-Os", "a:", "\xc3\xa4"}) {
        CAPTURE(text);
        CHECK(headers.add(text) == "`" + std::string(text) +
                                       "` is no header: write a name such as Authorization, or its beginning with one "
                                       "`*` at the end such as X-Stainless-*");
    }
    CHECK(headers == RequestHeaders());
}

}  // namespace tollgate::request_headers_test
