#include "auth/first_user.hpp"

#include "auth/password.hpp"
#include "support/stores.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::first_user_test {
using namespace tollgate::auth;
using tollgate::testing::OnPostgresql;
using tollgate::testing::OnSqlite;

TEST_CASE_TEMPLATE("a store that never had a user gets its first one, and only once", Engine, OnSqlite, OnPostgresql) {
    Engine const place;
    auto const store = std::move(*UserStore::open(place.location));
    FirstUser const first{.email = "a@x", .password = Secret(std::string("correct horse"))};
    REQUIRE(make_first_user(*store, first, 4, 1));
    auto const made = store->find_by_email("a@x")->value();
    CHECK(password::matches("correct horse", made.password_hash));
    CHECK(made.id == 1);

    REQUIRE(make_first_user(*store, first, 4, 2));
    CHECK(store->find_by_email("a@x")->value().password_hash == made.password_hash);
    REQUIRE(*store->remove(1, 3));
    REQUIRE(make_first_user(*store, first, 4, 4));
    CHECK_FALSE(store->find_by_email("a@x")->has_value());
}

}  // namespace tollgate::first_user_test
