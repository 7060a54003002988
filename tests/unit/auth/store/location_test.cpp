#include "auth/store/location.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::location_test {
using namespace tollgate::auth;

namespace {

std::string connection_of(std::string const& uri, std::string password = {}) {
    auto const location = read_store_location(uri, Secret(std::move(password)));
    REQUIRE(location);
    return std::string(location->connection->reveal());
}

}  // namespace

TEST_CASE("a store is an SQLite file, named as a URL") {
    CHECK(sqlite_path("sqlite:///var/lib/users.db") == "/var/lib/users.db");
    CHECK(sqlite_path("sqlite:////var/lib/users.db") == "/var/lib/users.db");
    CHECK(sqlite_path("sqlite:users.db") == "users.db");
    CHECK(sqlite_path("sqlite:data/users.db") == "data/users.db");
    for (auto const* const dsn :
         {"", "sqlite:", "sqlite:/", "sqlite://", "sqlite:///", "sqlite://host/x.db", "sqlite:/x.db", "sqlite:///x/",
          "sqlite::memory:", "sqlite:///x.db?mode=memory", "sqlite:///x\".db", "sqlite:///x\n.db", "/var/lib/users.db",
          "postgresql://x/y", "SQLITE:///x"}) {
        CAPTURE(dsn);
        CHECK_FALSE(sqlite_path(dsn));
    }
}

TEST_CASE("a URI of PostgreSQL becomes libpq's words, with a limit for every wait") {
    auto const words = connection_of("postgresql://us%65r:p%27%5C@db.example:5433/name?sslmode=verify-full");
    CHECK(words.contains("user='user' "));
    CHECK(words.contains(R"(password='p\'\\' )"));
    CHECK(words.contains("host='db.example' "));
    CHECK(words.contains("port='5433' "));
    CHECK(words.contains("dbname='name' "));
    CHECK(words.contains("sslmode='verify-full' "));
    CHECK(words.contains("connect_timeout='2' "));
    CHECK(words.contains("tcp_user_timeout='2000' "));
    CHECK(words.contains("target_session_attrs='read-write' "));
}

TEST_CASE("what a URI says wins over our limits, and a password may stand beside it") {
    auto const words = connection_of("postgres://user@/name?connect_timeout=9&host=/run/postgresql", "it's");
    CHECK(words.contains("connect_timeout='9' "));
    CHECK_FALSE(words.contains("connect_timeout='2' "));
    CHECK(words.contains("host='/run/postgresql' "));
    CHECK(words.contains(R"(password='it\'s' )"));
}

TEST_CASE("a store is shown, and told from others, without its password") {
    auto const one = *read_store_location("postgresql://user:hidden-word@db:5433/name");
    CHECK(one.shown == "postgresql://user@db:5433/name");
    CHECK_FALSE(one.key.contains("hidden-word"));
    auto const other = *read_store_location("postgresql://user:another@db:5433/name");
    CHECK(one.key != other.key);
    auto const file = *read_store_location("sqlite:///x.db");
    CHECK(file.shown == "/x.db");
    CHECK(file.key == "/x.db");
}

TEST_CASE("what is no store is refused in a sentence that does not repeat it") {
    for (std::string const uri : {"postgresql://user:hidden/word@h/d", "postgresql://user:hidden@word@h/d",
                                  "mysql://user:hidden-word@h/d", "hidden-word", "postgresql://user:hidden-word%zz@h/d",
                                  "postgresql://h/d?hidden-word=1", "postgresql://user:hidden-word@[h/d"}) {
        CAPTURE(uri);
        auto const location = read_store_location(uri);
        REQUIRE_FALSE(location);
        CHECK_FALSE(location.error().contains("hidden"));
        CHECK_FALSE(location.error().contains("word@"));
    }
    CHECK(read_store_location("postgresql://u:a@h/d", Secret(std::string("b"))).error().contains("give one of them"));
    CHECK(read_store_location("sqlite:u.db", Secret(std::string("b"))).error().contains("has no password"));
}

}  // namespace tollgate::location_test
