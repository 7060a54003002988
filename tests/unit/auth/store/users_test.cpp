#include "auth/store/users.hpp"

#include "auth/password.hpp"
#include "support/stores.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <thread>

namespace tollgate::users_test {
using namespace tollgate::auth;
using tollgate::testing::OnPostgresql;
using tollgate::testing::OnSqlite;
using tollgate::testing::sqlite_store;
using tollgate::testing::TempFolder;

namespace {

constexpr std::int64_t now = 1'700'000'000;

template <class Engine>
struct Fixture : Engine {
    std::unique_ptr<UserStore> store = open();

    [[nodiscard]] std::unique_ptr<UserStore> open() const { return std::move(*UserStore::open(this->location)); }
    std::int64_t add(std::string const& email) { return store->add(email, "hash of " + email, now)->value(); }
    User user(std::int64_t id) { return store->find_by_id(id)->value(); }
};

}  // namespace

TEST_CASE_TEMPLATE("a user that was added is found by id and by email", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    CHECK(f.add("a@x") == 1);
    CHECK(f.add("b@x") == 2);
    auto const found = f.store->find_by_email("b@x");
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->id == 2);
    CHECK((*found)->email == "b@x");
    CHECK((*found)->password_hash == "hash of b@x");
    CHECK((*found)->standing == Standing::enabled);
    CHECK((*found)->created_at == now);
    CHECK((*found)->token_epoch == 1);
    CHECK((*found)->tokens_changed_at == 0);
    CHECK(f.user(1).email == "a@x");
    CHECK_FALSE(f.store->find_by_id(3)->has_value());
    CHECK_FALSE(f.store->find_by_email("c@x")->has_value());
    CHECK_FALSE(f.store->find_by_email("' OR 1=1 --")->has_value());
}

TEST_CASE_TEMPLATE("an email names one user", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    CHECK(f.add("a@x") == 1);
    auto const again = f.store->add("a@x", "other hash", now);
    REQUIRE(again);
    CHECK_FALSE(*again);
    CHECK(f.user(1).password_hash == "hash of a@x");
    CHECK(f.store->changes_after({})->latest.id == 1);
}

TEST_CASE_TEMPLATE("an email is found in any spelling, and that of an earlier release as it was spelled then", Engine,
                   OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    auto const found = [&](char const* typed) {
        auto const user = *f.store->find_by_email(typed);
        return user ? user->email : "nobody";
    };
    f.add("jörg@x");
    CHECK(found(" JO\u0308RG@X ") == "jörg@x");
    f.add("Éva@x");
    f.add("max@straße.de");
    CHECK(found("ÉVA@x") == "Éva@x");
    CHECK(found("éva@x") == "nobody");
    CHECK(found("Max@Straße.de") == "max@straße.de");
    CHECK(found("max@strasse.de") == "nobody");
    f.add("max@strasse.de");
    CHECK(found("max@strasse.de") == "max@strasse.de");
    CHECK(found("max@STRAßE.de") == "max@straße.de");
}

TEST_CASE_TEMPLATE("who is in a store of an earlier release is there already when he is put in again", Engine, OnSqlite,
                   OnPostgresql) {
    Fixture<Engine> f;
    auto const id = f.add("Éva@x");
    std::vector<User> users(5, f.user(id));
    users[1].email = "éva@x";
    users[2].email = "other@x";
    users[3].id = 0;
    users[4].id = 99;
    CHECK(*f.store->put_in(users, 0, now) == std::vector{PutIn::there_already, PutIn::there_already, PutIn::id_taken,
                                                         PutIn::there_already, PutIn::other_id});
    CHECK(f.store->after(0, 9)->size() == 1);
    CHECK(f.user(id).email == "Éva@x");
}

TEST_CASE_TEMPLATE("who is put in anew is found in any spelling", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    std::vector<User> users(1);
    users[0].email = "jÖrg@x";
    users[0].password_hash = "h";
    CHECK(*f.store->put_in(users, 0, now) == std::vector{PutIn::added});
    CHECK(f.store->find_by_email("JÖRG@x")->value().email == "jörg@x");
    CHECK(*f.store->put_in(users, 0, now) == std::vector{PutIn::there_already});
}

TEST_CASE_TEMPLATE("an id is never given twice", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    f.add("a@x");
    auto const id = f.add("b@x");
    CHECK(*f.store->remove(id, now));
    CHECK(f.add("b@x") == id + 1);
}

TEST_CASE_TEMPLATE("disabling, another password and removing end older tokens; enabling does not bring them back",
                   Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    auto const id = f.add("a@x");
    CHECK(*f.store->set_standing(id, Standing::disabled, now + 1));
    CHECK(f.user(id).standing == Standing::disabled);
    CHECK(f.user(id).token_epoch == 2);
    CHECK(f.user(id).tokens_changed_at == now + 1);
    CHECK(*f.store->set_standing(id, Standing::enabled, now + 2));
    CHECK(f.user(id).standing == Standing::enabled);
    CHECK(f.user(id).token_epoch == 2);
    CHECK(f.user(id).tokens_changed_at == now + 1);
    CHECK(*f.store->set_password(id, "new hash", now + 3));
    CHECK(f.user(id).password_hash == "new hash");
    CHECK(f.user(id).token_epoch == 3);
    CHECK(*f.store->remove(id, now + 4));
    CHECK_FALSE(f.store->find_by_id(id)->has_value());
}

TEST_CASE_TEMPLATE("a user that is not there cannot be changed, and nothing is told", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    CHECK_FALSE(*f.store->set_standing(9, Standing::disabled, now));
    CHECK_FALSE(*f.store->set_password(9, "x", now));
    CHECK_FALSE(*f.store->remove(9, now));
    CHECK(f.store->changes_after({})->latest.id == 0);
}

TEST_CASE_TEMPLATE("the change log tells whom a change concerns", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    auto const a = f.add("a@x");
    auto const b = f.add("b@x");
    auto const before = f.store->changes_after({})->latest.id;
    CHECK(before == 2);
    CHECK(*f.store->set_standing(a, Standing::disabled, now));
    CHECK(*f.store->set_standing(a, Standing::enabled, now));
    CHECK(*f.store->set_password(b, "x", now));
    f.add("c@x");
    auto const changes = f.store->changes_after({.id = before});
    REQUIRE(changes);
    CHECK(changes->latest.id == 6);
    CHECK_FALSE(changes->everything);
    CHECK(changes->changed == std::vector<std::int64_t>{a, a, b});
    CHECK(changes->ended == std::vector<std::int64_t>{a, b});

    auto const none = f.store->changes_after(changes->latest);
    CHECK(none->latest.id == 6);
    CHECK(none->changed.empty());
    CHECK_FALSE(none->everything);

    CHECK(*f.store->remove(b, now));
    CHECK(f.store->changes_after({.id = 6})->ended == std::vector<std::int64_t>{b});
}

TEST_CASE_TEMPLATE("the change log tells which schemes there are when a hash is new, and only then", Engine, OnSqlite,
                   OnPostgresql) {
    Fixture<Engine> f;
    using Schemes = std::vector<std::string>;
    auto const id = *f.store->add("a@x", *password::make_hash("correct horse", 4), now);
    REQUIRE(id);
    CHECK(f.store->changes_after({})->schemes.empty());
    CHECK(f.store->changes_after({.id = 0})->schemes == Schemes{"$2b$04"});
    CHECK(*f.store->set_standing(*id, Standing::disabled, now));
    CHECK(*f.store->set_standing(*id, Standing::enabled, now));
    CHECK(f.store->changes_after({.id = 1})->schemes.empty());
    CHECK(*f.store->set_password(*id, *password::make_hash("correct horse", 5), now));
    CHECK(f.store->changes_after({.id = 3})->schemes == Schemes{"$2b$05"});
    CHECK(f.store->changes_after({.id = 4})->schemes.empty());
    CHECK(f.store->changes_after({.id = 50})->schemes == Schemes{"$2b$05"});  // everything may have changed
    CHECK(*f.store->remove(*id, now));
    CHECK(f.store->changes_after({.id = 4})->schemes.empty());
}

TEST_CASE_TEMPLATE("the change log is cut after a week, and who missed that must forget everything", Engine, OnSqlite,
                   OnPostgresql) {
    Fixture<Engine> f;
    auto const a = f.add("a@x");
    auto const before = f.store->changes_after({})->latest.id;
    CHECK(*f.store->set_password(a, "x", now));
    CHECK(*f.store->set_password(a, "y", now + 8 * 24 * 3600));
    auto const missed = f.store->changes_after({.id = before});
    CHECK(missed->everything);
    CHECK(missed->latest.id == 3);
    CHECK(missed->schemes == std::vector<std::string>{""});
    CHECK_FALSE(f.store->changes_after({.id = 2})->everything);
    CHECK(f.store->changes_after({.id = 2})->ended == std::vector<std::int64_t>{a});
}

TEST_CASE_TEMPLATE("a log that is shorter than it was means another file: forget everything", Engine, OnSqlite,
                   OnPostgresql) {
    Fixture<Engine> f;
    f.add("a@x");
    auto const changes = f.store->changes_after({.id = 50});
    CHECK(changes->everything);
    CHECK(changes->latest.id == 1);
}

TEST_CASE_TEMPLATE("another connection sees what was written, and the file keeps it", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    f.add("a@x");
    auto const other = f.open();
    CHECK(other->find_by_email("a@x")->has_value());
    CHECK(*other->set_password(1, "x", now));
    CHECK(f.user(1).password_hash == "x");
    f.store.reset();
    CHECK(f.open()->find_by_id(1)->value().password_hash == "x");
}

TEST_CASE_TEMPLATE("users are listed by id, and schemes once each", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    CHECK(f.store->after(0, 100)->empty());
    CHECK(f.store->schemes()->empty());
    for (auto const* const email : {"c@x", "a@x", "b@x"})
        CHECK(*f.store->add(email, *password::make_hash("correct horse", 4), now));
    CHECK(*f.store->add("d@x", *password::make_dummy("$argon2id$v=19$m=64,t=1,p=1"), now));
    auto const all = f.store->after(0, 100);
    REQUIRE(all->size() == 4);
    CHECK((*all)[0].email == "c@x");
    CHECK((*all)[3].email == "d@x");
    CHECK(f.store->schemes() == std::vector<std::string>{"$2b$04", "$argon2id$v=19$m=64,t=1,p=1"});
}

TEST_CASE_TEMPLATE("two writers at once lose nothing", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    auto const other = f.open();
    auto const write = [](UserStore& to, std::string const& name) {
        for (int i = 0; i < 25; ++i) (void)to.add(name + std::to_string(i) + "@x", "h", now);
    };
    std::thread second([&] { write(*other, "second"); });
    write(*f.store, "first");
    second.join();
    CHECK(f.store->after(0, 100)->size() == 50);
    CHECK(f.store->changes_after({})->latest.id == 50);
}

TEST_CASE_TEMPLATE("two processes may make one store at once", Engine, OnSqlite, OnPostgresql) {
    for (int i = 0; i < 10; ++i) {
        Engine const place;
        std::string problems[2];
        auto const make = [&](std::string& problem) {
            if (auto const store = UserStore::open(place.location); !store) problem = store.error();
        };
        std::thread other([&] { make(problems[1]); });
        make(problems[0]);
        other.join();
        CHECK(problems[0] == "");
        CHECK(problems[1] == "");
    }
}

TEST_CASE_TEMPLATE("users are put in as they are, and those that are there stay as they are", Engine, OnSqlite,
                   OnPostgresql) {
    Fixture<Engine> f;
    User const old{.id = 7,
                   .email = "old@x",
                   .password_hash = "h7",
                   .standing = Standing::disabled,
                   .created_at = 5,
                   .token_epoch = 3,
                   .tokens_changed_at = 6};
    User const fresh{.email = "new@x", .password_hash = "h", .created_at = now};
    auto const before = f.store->changes_after({})->latest.id;
    CHECK(f.store->put_in(std::vector{old, fresh}, 0, now) == std::vector{PutIn::added, PutIn::added});
    CHECK(f.user(7).email == "old@x");
    CHECK(f.user(7).standing == Standing::disabled);
    CHECK(f.user(7).created_at == 5);
    CHECK(f.user(7).token_epoch == 3);
    CHECK(f.user(7).tokens_changed_at == 6);
    auto const new_id = f.store->find_by_email("new@x")->value().id;
    CHECK(new_id != 7);
    CHECK(f.store->changes_after({.id = before})->latest.id == before + 1);  // one row, however many users

    auto other = old;
    other.password_hash = "another";
    CHECK(f.store->put_in(std::vector{other, fresh}, 0, now) ==
          std::vector{PutIn::there_already, PutIn::there_already});
    CHECK(f.user(7).password_hash == "h7");
    other.id = 70;
    CHECK(f.store->put_in(std::vector{other}, 0, now) == std::vector{PutIn::other_id});
    other.id = 7;
    other.email = "third@x";
    CHECK(f.store->put_in(std::vector{other}, 0, now) == std::vector{PutIn::id_taken});
    CHECK(f.store->changes_after({.id = before})->latest.id == before + 1);
}

TEST_CASE_TEMPLATE("ids that were put in, or promised away, are not given again", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    CHECK(f.store->last_id() == 0);
    CHECK(f.store->put_in(std::vector{User{.id = 40, .email = "a@x", .password_hash = "h"}}, 0, now)->front() ==
          PutIn::added);
    CHECK(f.store->last_id() == 40);
    CHECK(f.add("b@x") == 41);
    CHECK(f.store->keep_ids_above(100));
    CHECK(f.add("c@x") == 101);
    CHECK(f.store->keep_ids_above(50));
    CHECK(f.add("d@x") == 102);
    CHECK(f.add("f@x") == 103);
}

TEST_CASE_TEMPLATE("an id that was somebody's brings back nobody", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    auto const id = f.add("a@x");
    auto const gone = f.add("b@x");
    REQUIRE(*f.store->remove(gone, now));
    std::vector<User> const again{{.id = gone, .email = "b@x", .password_hash = "h"},
                                  {.id = id, .email = "a@x", .password_hash = "h"},
                                  {.id = id, .email = "c@x", .password_hash = "h"}};
    CHECK(f.store->put_in(again, gone, now) == std::vector{PutIn::id_used_up, PutIn::there_already, PutIn::id_taken});
    CHECK_FALSE(f.store->find_by_email("b@x")->has_value());
}

TEST_CASE_TEMPLATE("newcomers get ids above those that others bring along", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    std::vector<User> const users{{.email = "new@x", .password_hash = "h"},
                                  {.id = 1, .email = "a@x", .password_hash = "h"}};
    CHECK(f.store->put_in(users, 0, now) == std::vector{PutIn::added, PutIn::added});
    CHECK(f.store->find_by_email("new@x")->value().id == 2);
}

TEST_CASE_TEMPLATE("ids are promised away in a store that never had a user", Engine, OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    REQUIRE(f.store->keep_ids_above(50));
    CHECK(f.add("a@x") == 51);
}

TEST_CASE_TEMPLATE("a log that went another way means everything may have changed, even when it is as long", Engine,
                   OnSqlite, OnPostgresql) {
    Fixture<Engine> f;
    auto const a = f.add("a@x");
    REQUIRE(*f.store->set_standing(a, Standing::disabled, now));
    auto const point = f.store->changes_after({})->latest;
    CHECK(point.id == 2);
    CHECK_FALSE(f.store->changes_after(point)->everything);
    CHECK(f.store->changes_after(point)->latest == point);
    auto const elsewhere = LogPoint{.id = 2, .row = "7 disabled 1"};  // as a server had it that was given up
    CHECK(f.store->changes_after(elsewhere)->everything);
    CHECK(f.store->changes_after(elsewhere)->latest == point);
    REQUIRE(*f.store->set_standing(a, Standing::enabled, now));
    CHECK(f.store->changes_after(elsewhere)->everything);
    CHECK(f.store->changes_after(point)->changed == std::vector<std::int64_t>{a});
}

TEST_CASE("a file that is no database is one clear line") {
    TempFolder const folder;
    auto const file = folder.write("users.db", std::string(8192, 'x'));
    auto const store = UserStore::open(sqlite_store(file));
    REQUIRE_FALSE(store);
    CHECK(store.error() == "the user store " + file.native() + ": file is not a database");
}

TEST_CASE("a database that breaks while it is open is store_unavailable, not an exception") {
    Fixture<OnSqlite> f;
    f.add("a@x");
    f.store.reset();
    auto const reader = f.open();
    {
        std::fstream damage(f.location.file, std::ios::in | std::ios::out | std::ios::binary);
        std::string const junk(64 * 1024, 'x');
        damage.write(junk.data(), static_cast<std::streamsize>(junk.size()));
    }
    auto const found = reader->find_by_id(1);
    REQUIRE_FALSE(found);
    CHECK(found.error() == errc::store_unavailable);
    CHECK(reader->changes_after({}).error() == errc::store_unavailable);
    CHECK(reader->add("b@x", "h", now).error() == errc::store_unavailable);
    CHECK_FALSE(UserStore::open(f.location));
}

}  // namespace tollgate::users_test
