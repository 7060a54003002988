#include "server/openapi.hpp"

#include "server/starting_file.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace tollgate::openapi_test {
using namespace tollgate::server;

namespace {

Operations found(std::string const& paths) {
    auto operations = operations_of(R"({"openapi": "3.1.0", "paths": )" + paths + "}", reserved_operations());
    REQUIRE(operations);
    return *operations;
}

}  // namespace

TEST_CASE("each operation of an OpenAPI document is found, in the order of its paths") {
    auto const operations = found(R"({"/generate": {"post": {}, "summary": "x", "parameters": []},
                                      "/": {"get": {}},
                                      "/items/{id}": {"delete": {}, "get": {}}})");
    CHECK(
        operations.taken ==
        std::vector<Operation>{{"POST", "/generate"}, {"GET", "/"}, {"GET", "/items/{id}"}, {"DELETE", "/items/{id}"}});
    CHECK(operations.odd == 0);
    CHECK(operations.in_conflict == 0);
    CHECK(operations.too_many == 0);
}

TEST_CASE("what is no OpenAPI document gives nothing") {
    for (std::string const text :
         {"", "<html>", "[]", "{}", R"({"paths": []})", R"({"paths": {}, "paths": {}})", R"({"paths": {})"}) {
        CAPTURE(text);
        CHECK_FALSE(operations_of(text, {}));
    }
}

TEST_CASE("a path that cannot be a plain route is left out") {
    for (std::string const path :
         {"generate", "", "/a b", "/a'b", "/a\\\"b", "/a\\nb", "/${JWT_SECRET}", "/$x", "/a//b", "/../x", "/x/*",
          "/a#b", "/a?b", "/{id}:predict", "/{}", "/caf\u00e9", "/a\\u001b[2J", "/a&b", "/a!b"}) {
        CAPTURE(path);
        auto const operations = found(fmt::format(R"({{"{}": {{"get": {{}}}}, "/ok": {{"get": {{}}}}}})", path));
        CHECK(operations.taken == std::vector<Operation>{{"GET", "/ok"}});
        CHECK(operations.odd == 1);
    }
}

TEST_CASE("of two operations that match the same requests the later one is left out") {
    auto const operations =
        found(R"({"/a/{x}": {"get": {}}, "/a/{y}": {"get": {}, "post": {}}, "/b": {"head": {}, "get": {}}})");
    CHECK(operations.taken == std::vector<Operation>{{"GET", "/a/{x}"}, {"POST", "/a/{y}"}, {"GET", "/b"}});
    CHECK(operations.in_conflict == 2);
}

TEST_CASE("what the gateway answers itself is left to it") {
    auto const operations =
        found(R"({"/login": {"post": {}, "get": {}}, "/me": {"get": {}}, "/me/items": {"get": {}}})");
    CHECK(operations.taken == std::vector<Operation>{{"GET", "/login"}, {"GET", "/me/items"}});
    CHECK(operations.in_conflict == 2);
}

TEST_CASE("no more than 500 operations are taken") {
    std::string paths = "{";
    for (int i = 0; i < 502; ++i) paths += fmt::format(R"({}"/p{}": {{"get": {{}}}})", i == 0 ? "" : ",", i);
    auto const operations = found(paths + "}");
    CHECK(operations.taken.size() == 500);
    CHECK(operations.taken.back() == Operation{"GET", "/p499"});
    CHECK(operations.too_many == 2);
}

}  // namespace tollgate::openapi_test
