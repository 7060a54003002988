#include "server/routes_table.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace tollgate::routes_table_test {
using namespace tollgate::server;

TEST_CASE("the table of routes has one aligned line a route, and names what is public") {
    std::vector<RouteRow> const rows{{"GET", "", "/", Access::open, "ai http://127.0.0.1:8000"},
                                     {"POST", "", "/generate", Access::guarded, "ai http://127.0.0.1:8000"},
                                     {"POST", "", "/login", Access::open, "(auth)"}};
    CHECK(routes_table(rows) ==
          "METHODS  PATH       ACCESS     UPSTREAM\n"
          "GET      /          PUBLIC     ai http://127.0.0.1:8000\n"
          "POST     /generate  protected  ai http://127.0.0.1:8000\n"
          "POST     /login     PUBLIC     (auth)\n");
}

TEST_CASE("the host is a column when a route has one") {
    std::vector<RouteRow> const rows{{"any", "api.example.com", "/*", Access::guarded, "ai http://ai"},
                                     {"any", "", "/*", Access::open, "ai http://ai"}};
    CHECK(routes_table(rows) ==
          "METHODS  HOST             PATH  ACCESS     UPSTREAM\n"
          "any      api.example.com  /*    protected  ai http://ai\n"
          "any                       /*    PUBLIC     ai http://ai\n");
}

TEST_CASE("without a route the table is its heading") {
    CHECK(routes_table({}) == "METHODS  PATH  ACCESS  UPSTREAM\n");
}

}  // namespace tollgate::routes_table_test
