#include "auth/user_transfer.hpp"

#include "auth/password.hpp"
#include "auth/user_lines.hpp"
#include "support/stores.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

namespace tollgate::user_transfer_test {
using namespace tollgate::auth;
using tollgate::testing::OnPostgresql;
using tollgate::testing::OnSqlite;

namespace {

constexpr std::int64_t now = 1'700'000'000;

template <class Engine>
struct Place : Engine {
    std::unique_ptr<UserStore> store = std::move(*UserStore::open(this->location));
    std::ostringstream out;
    std::ostringstream err;

    int put_in(std::string const& text) {
        out.str("");
        err.str("");
        std::istringstream in(text);
        return import_users(*store, in, out, err, now);
    }
    std::string take_out() {
        std::ostringstream lines;
        REQUIRE(export_users(*store, lines, err) == 0);
        return lines.str();
    }
};

// Users with hashes, one of them disabled, one with another password, and an id that is gone.
void fill(UserStore& store) {
    auto const hash = *password::make_hash("correct horse", 4);
    for (auto const* const email : {"a@x", "b@x", "c@x"}) REQUIRE(store.add(email, hash, now));
    REQUIRE(*store.set_standing(1, Standing::disabled, now + 1));
    REQUIRE(*store.set_password(2, *password::make_dummy("$argon2id$v=19$m=64,t=1,p=1"), now + 2));
    REQUIRE(*store.remove(3, now + 3));
}

}  // namespace

TEST_CASE_TEMPLATE("users move from SQLite to either store, with their ids and all that is known of them", Engine,
                   OnSqlite, OnPostgresql) {
    Place<OnSqlite> from;
    fill(*from.store);
    Place<Engine> to;
    auto const lines = from.take_out();
    CHECK(to.put_in(lines) == 0);
    CHECK(to.out.str() == "2 users added, 0 were there already, 0 lines refused\n");
    CHECK(to.take_out() == lines);
    CHECK(to.store->add("d@x", "h", now)->value() == 4);  // the id of the one that is gone stays gone

    CHECK(to.put_in(lines) == 0);
    CHECK(to.out.str() == "0 users added, 2 were there already, 0 lines refused\n");
    CHECK(to.err.str() == "");
}

TEST_CASE("what is refused is named by its line, and the others are put in") {
    Place<OnSqlite> place;
    auto const hash = *password::make_hash("correct horse", 4);
    CHECK(place.put_in("email,hash\na@x," + hash + "\nb@x,nonsense\n\n" + std::string(9000, 'x') + "\nc@x," + hash) ==
          1);
    CHECK(place.out.str() == "2 users added, 0 were there already, 2 lines refused\n");
    CHECK(place.err.str().contains("tollgate: line 3: the hash of b@x"));
    CHECK(place.err.str().contains("tollgate: line 5: it is longer than 8192 bytes"));
    CHECK(place.store->find_by_email("c@x")->has_value());
}

TEST_CASE("whose id or email is taken by another is refused") {
    Place<OnSqlite> place;
    auto const hash = *password::make_hash("correct horse", 4);
    CHECK(place.put_in("id,email,hash\n1,a@x," + hash) == 0);
    CHECK(place.put_in("id,email,hash\n1,b@x," + hash + "\n2,a@x," + hash) == 1);
    CHECK(place.err.str().contains("line 2: the id 1 is another user's"));
    CHECK(place.err.str().contains("line 3: a@x is there with another id"));
    REQUIRE(*place.store->remove(1, now));
    CHECK(place.put_in("id,email,hash\n1,a@x," + hash) == 1);
    CHECK(place.err.str().contains("line 2: the id 1 was given before, and is not given again"));
}

TEST_CASE("what hides behind a NUL, or below a heading that is none, is not read") {
    Place<OnSqlite> place;
    auto const hash = *password::make_hash("correct horse", 4);
    std::string const hidden("\0x", 2);
    CHECK(place.put_in("email,hash\na@x," + hash + hidden) == 1);
    CHECK(place.put_in("mail,hash\na@x," + hash + "\nb@x," + hash) == 1);
    CHECK(place.out.str() == "0 users added, 0 were there already, 1 lines refused\n");
}

TEST_CASE("a long import says how far it has come, and complains a bounded number of times") {
    Place<OnSqlite> place;
    std::string text = "email,hash\n";
    for (int i = 0; i < 25'000; ++i) text += "u@x,nonsense\n";
    CHECK(place.put_in(text) == 1);
    CHECK(place.err.str().contains("tollgate: 20000 lines read\n"));
    CHECK(place.err.str().size() < 3000);
    CHECK(place.out.str() == "0 users added, 0 were there already, 25000 lines refused\n");
}

TEST_CASE("more users than fit into one page or one batch lose nobody") {
    Place<OnSqlite> from;
    auto const hash = *password::make_hash("correct horse", 4);
    std::string text = "email,hash\n";
    for (int i = 0; i < 2'600; ++i) text += "u" + std::to_string(i) + "@x," + hash + "\n";
    CHECK(from.put_in(text) == 0);
    CHECK(from.out.str() == "2600 users added, 0 were there already, 0 lines refused\n");
    Place<OnSqlite> to;
    auto const lines = from.take_out();
    CHECK(to.put_in(lines) == 0);
    CHECK(to.take_out() == lines);
}

}  // namespace tollgate::user_transfer_test
