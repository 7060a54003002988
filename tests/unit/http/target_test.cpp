#include "http/target.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tollgate::target_test {
using namespace tollgate::http;
using namespace std::literals;

namespace {

bool is_refused(std::string_view method, std::string_view raw) {
    Arena arena;
    auto const target = read_target(method, raw, arena);
    return !target && target.error() == errc::bad_target;
}

}  // namespace

TEST_CASE("a path is normalised to the one form that is matched and sent") {
    struct Row {
        std::string_view raw;
        std::string_view path;
    };
    for (auto const& row : std::vector<Row>{
             {"/", "/"},
             {"/generate", "/generate"},
             {"/x/", "/x/"},
             {"/v1/models/gpt-4", "/v1/models/gpt-4"},
             {"/%67enerate", "/generate"},
             {"/%7Euser/%2dx%5f%2E%41", "/~user/-x_.A"},
             {"/a%20b%c3%a4", "/a%20b%C3%A4"},
             {"/%25%32%66", "/%252f"},  // decoded once, never twice
             {"/%2525", "/%2525"},
             {"/a%3fb%23", "/a%3Fb%23"},
             {"/a%20%e4", "/a%20%E4"},
             {"/.well-known/x", "/.well-known/x"},
             {"/...", "/..."},
             {"/a..b/..c/d..", "/a..b/..c/d.."},
             {"/a;b=c/d", "/a;b=c/d"},
             {"/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="},
             {"/wiki/%3F", "/wiki/%3F"},
             {"/M%FCller", "/M%FCller"},
             {"/%e0%a4%85%f0%9f%98%80", "/%E0%A4%85%F0%9F%98%80"},
             {"/[a]|{b}", "/[a]|{b}"},
         }) {
        CAPTURE(row.raw);
        Arena arena;
        auto const target = read_target("GET", row.raw, arena);
        REQUIRE(target);
        CHECK(target->path == row.path);
        CHECK_FALSE(target->has_query);
        CHECK(target->authority.empty());
    }
}

TEST_CASE("a path that needs no change is a view of what was received") {
    Arena arena;
    constexpr auto raw = "/generate?x=%zz"sv;
    auto const target = read_target("POST", raw, arena);
    REQUIRE(target);
    CHECK(target->path.data() == raw.data());
    CHECK(target->query.data() == raw.data() + 10);
}

TEST_CASE("a path that can be read in two ways is refused") {
    for (auto const raw : {
             ""sv,          "generate"sv,     "//"sv,          "//x"sv,       "/x//"sv,   "/x//y"sv,
             "/."sv,        "/.."sv,          "/./x"sv,        "/x/."sv,      "/x/.."sv,  "/x/../y"sv,
             "/x/%2e"sv,    "/x/%2E%2e/y"sv,  "/x/.%2e"sv,     "/x/%2e./y"sv, "/a%2fb"sv, "/a%2Fb"sv,
             "/a%5cb"sv,    "/a%5Cb"sv,       "/a\\b"sv,       "/a%00"sv,     "/%"sv,     "/%4"sv,
             "/a%4"sv,      "/%4g"sv,         "/%g4"sv,        "/% 1"sv,      "/%%41"sv,  "/a#b"sv,
             "/a b"sv,      "/a\tb"sv,        "/a\0b"sv,       "/a\x7f"sv,    "/a\x1f"sv, "/\xc3\xa4"sv,
             "/\xff"sv,     "/x/..;/y"sv,     "/x/..;a=b/y"sv, "/x/.;"sv,     "/;/x"sv,   "/%2e%2e;x/y"sv,
             "/\r\nX: y"sv, "/generate%0A"sv, "/a%0d"sv,       "/a%09b"sv,    "/a%1F"sv,  "/a%7f"sv,
             "/x/..%20"sv,  "/x/.%20%20/y"sv, "/x/..%3B/y"sv,  "/x/.%3ba"sv,  "/x/%20"sv, "/%c0%ae%c0%ae/x"sv,
             "/%C1%9C"sv,
         }) {
        CAPTURE(raw);
        CHECK(is_refused("GET", raw));
    }
}

TEST_CASE("a path is refused that a careless decoder, or one that looks for a query too late, takes for another") {
    for (auto const raw : {"/%e0%80%af"sv, "/%E0%9F%BF"sv, "/%f0%80%80%ae"sv, "/%F8%80%80%80%AE"sv,
                           "/%FC%80%80%80%80%AE"sv, "/x/..%3F"sv, "/x/.%23a"sv, "/x/..%20%3fy"sv, "/x/..;a%3F"sv}) {
        CAPTURE(raw);
        CHECK(is_refused("GET", raw));
    }
}

TEST_CASE("a query is kept as received, empty or absent") {
    struct Row {
        std::string_view raw;
        std::string_view query;
        bool has_query;
    };
    for (auto const& row : std::vector<Row>{
             {"/x", "", false},
             {"/x?", "", true},
             {"/x?a=b&c=%2f%2F//../%zz", "a=b&c=%2f%2F//../%zz", true},
             {"/x?a?b\\", "a?b\\", true},
         }) {
        CAPTURE(row.raw);
        Arena arena;
        auto const target = read_target("GET", row.raw, arena);
        REQUIRE(target);
        CHECK(target->path == "/x");
        CHECK(target->query == row.query);
        CHECK(target->has_query == row.has_query);
    }
}

TEST_CASE("a query with a fragment, a space, a control or raw non-ASCII is refused") {
    for (auto const raw : {"/?a#b"sv, "/?a b"sv, "/?\t"sv, "/?\0"sv, "/?\x7f"sv, "/?\xc3\xa4"sv, "/?\r\n"sv}) {
        CAPTURE(raw);
        CHECK(is_refused("GET", raw));
    }
}

TEST_CASE("the absolute-form gives authority, path and query") {
    struct Row {
        std::string_view method, raw, authority, path;
        bool has_query;
    };
    for (auto const& row : std::vector<Row>{
             {"GET", "http://example.com/a%62", "example.com", "/ab", false},
             {"GET", "HTTPS://Example.com:8443/?q", "Example.com:8443", "/", true},
             {"GET", "http://[::1]:80/x", "[::1]:80", "/x", false},
             {"GET", "http://example.com", "example.com", "/", false},
             {"GET", "http://example.com?q", "example.com", "/", true},
             {"OPTIONS", "http://example.com", "example.com", "*", false},
             {"OPTIONS", "http://example.com/", "example.com", "/", false},
             {"OPTIONS", "http://example.com?", "example.com", "/", true},
         }) {
        CAPTURE(row.raw);
        Arena arena;
        auto const target = read_target(row.method, row.raw, arena);
        REQUIRE(target);
        CHECK(target->authority == row.authority);
        CHECK(target->path == row.path);
        CHECK(target->has_query == row.has_query);
    }
    for (auto const raw : {"http:///x"sv, "http://"sv, "ftp://a/x"sv, "://a/x"sv, "http:/a/x"sv, "http:a"sv,
                           "http://u@a/x"sv, "http://u:p@a/x"sv, "http://a:b/x"sv, "http://a:/x"sv, "http://a//x"sv,
                           "http://a\\b/x"sv, "http://[::1/x"sv, "http://a/../x"sv, "a.com/http://b/"sv}) {
        CAPTURE(raw);
        CHECK(is_refused("GET", raw));
    }
}

TEST_CASE("the asterisk is for OPTIONS, the authority-form for nobody") {
    Arena arena;
    auto const target = read_target("OPTIONS", "*", arena);
    REQUIRE(target);
    CHECK(target->path == "*");
    CHECK(is_refused("GET", "*"));
    CHECK(is_refused("options", "*"));
    CHECK(is_refused("OPTIONS", "**"));
    CHECK(is_refused("OPTIONS", "*?x"));
    CHECK(is_refused("CONNECT", "example.com:443"));
}

}  // namespace tollgate::target_test
