#include "auth/users.hpp"

#include "auth/password.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <thread>

using namespace tollgate;
using namespace tollgate::auth;
using tollgate::testing::TempFolder;

namespace {

constexpr std::int64_t now = 1'700'000'000;

struct Fixture {
    TempFolder folder;
    std::filesystem::path file = folder.path() / "users.db";
    std::unique_ptr<UserStore> store = std::move(*UserStore::open(file));

    std::int64_t add(std::string const& email) { return store->add(email, "hash of " + email, now)->value(); }
    User user(std::int64_t id) { return store->find_by_id(id)->value(); }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a user that was added is found by id and by email") {
    CHECK(add("a@x") == 1);
    CHECK(add("b@x") == 2);
    auto const found = store->find_by_email("b@x");
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->id == 2);
    CHECK((*found)->email == "b@x");
    CHECK((*found)->password_hash == "hash of b@x");
    CHECK((*found)->standing == Standing::enabled);
    CHECK((*found)->created_at == now);
    CHECK((*found)->token_epoch == 1);
    CHECK((*found)->tokens_changed_at == 0);
    CHECK(user(1).email == "a@x");
    CHECK_FALSE(store->find_by_id(3)->has_value());
    CHECK_FALSE(store->find_by_email("c@x")->has_value());
    CHECK_FALSE(store->find_by_email("' OR 1=1 --")->has_value());
}

TEST_CASE_FIXTURE(Fixture, "an email names one user") {
    CHECK(add("a@x") == 1);
    auto const again = store->add("a@x", "other hash", now);
    REQUIRE(again);
    CHECK_FALSE(*again);
    CHECK(user(1).password_hash == "hash of a@x");
    CHECK(store->changes_after(-1)->latest == 1);
}

TEST_CASE_FIXTURE(Fixture, "an id is never given twice") {
    add("a@x");
    auto const id = add("b@x");
    CHECK(*store->remove(id, now));
    CHECK(add("b@x") == id + 1);
}

TEST_CASE_FIXTURE(Fixture,
                  "disabling, another password and removing end older tokens; enabling does not bring them back") {
    auto const id = add("a@x");
    CHECK(*store->set_standing(id, Standing::disabled, now + 1));
    CHECK(user(id).standing == Standing::disabled);
    CHECK(user(id).token_epoch == 2);
    CHECK(user(id).tokens_changed_at == now + 1);
    CHECK(*store->set_standing(id, Standing::enabled, now + 2));
    CHECK(user(id).standing == Standing::enabled);
    CHECK(user(id).token_epoch == 2);
    CHECK(user(id).tokens_changed_at == now + 1);
    CHECK(*store->set_password(id, "new hash", now + 3));
    CHECK(user(id).password_hash == "new hash");
    CHECK(user(id).token_epoch == 3);
    CHECK(*store->remove(id, now + 4));
    CHECK_FALSE(store->find_by_id(id)->has_value());
}

TEST_CASE_FIXTURE(Fixture, "a user that is not there cannot be changed, and nothing is told") {
    CHECK_FALSE(*store->set_standing(9, Standing::disabled, now));
    CHECK_FALSE(*store->set_password(9, "x", now));
    CHECK_FALSE(*store->remove(9, now));
    CHECK(store->changes_after(-1)->latest == 0);
}

TEST_CASE_FIXTURE(Fixture, "the change log tells whom a change concerns") {
    auto const a = add("a@x");
    auto const b = add("b@x");
    auto const before = store->changes_after(-1)->latest;
    CHECK(before == 2);
    CHECK(*store->set_standing(a, Standing::disabled, now));
    CHECK(*store->set_standing(a, Standing::enabled, now));
    CHECK(*store->set_password(b, "x", now));
    add("c@x");
    auto const changes = store->changes_after(before);
    REQUIRE(changes);
    CHECK(changes->latest == 6);
    CHECK_FALSE(changes->everything);
    CHECK(changes->changed == std::vector<std::int64_t>{a, a, b});
    CHECK(changes->ended == std::vector<std::int64_t>{a, b});

    auto const none = store->changes_after(changes->latest);
    CHECK(none->latest == 6);
    CHECK(none->changed.empty());
    CHECK_FALSE(none->everything);

    CHECK(*store->remove(b, now));
    CHECK(store->changes_after(6)->ended == std::vector<std::int64_t>{b});
}

TEST_CASE_FIXTURE(Fixture, "the change log tells which schemes there are when a hash is new, and only then") {
    using Schemes = std::vector<std::string>;
    auto const id = *store->add("a@x", *password::make_hash("correct horse", 4), now);
    REQUIRE(id);
    CHECK(store->changes_after(-1)->schemes.empty());
    CHECK(store->changes_after(0)->schemes == Schemes{"$2b$04"});
    CHECK(*store->set_standing(*id, Standing::disabled, now));
    CHECK(*store->set_standing(*id, Standing::enabled, now));
    CHECK(store->changes_after(1)->schemes.empty());
    CHECK(*store->set_password(*id, *password::make_hash("correct horse", 5), now));
    CHECK(store->changes_after(3)->schemes == Schemes{"$2b$05"});
    CHECK(store->changes_after(4)->schemes.empty());
    CHECK(store->changes_after(50)->schemes == Schemes{"$2b$05"});  // everything may have changed
    CHECK(*store->remove(*id, now));
    CHECK(store->changes_after(4)->schemes.empty());
}

TEST_CASE_FIXTURE(Fixture, "the change log is cut after a week, and who missed that must forget everything") {
    auto const a = add("a@x");
    auto const before = store->changes_after(-1)->latest;
    CHECK(*store->set_password(a, "x", now));
    CHECK(*store->set_password(a, "y", now + 8 * 24 * 3600));
    auto const missed = store->changes_after(before);
    CHECK(missed->everything);
    CHECK(missed->latest == 3);
    CHECK(missed->schemes == std::vector<std::string>{""});
    CHECK_FALSE(store->changes_after(2)->everything);
    CHECK(store->changes_after(2)->ended == std::vector<std::int64_t>{a});
}

TEST_CASE_FIXTURE(Fixture, "a log that is shorter than it was means another file: forget everything") {
    add("a@x");
    auto const changes = store->changes_after(50);
    CHECK(changes->everything);
    CHECK(changes->latest == 1);
}

TEST_CASE_FIXTURE(Fixture, "another connection sees what was written, and the file keeps it") {
    add("a@x");
    auto const other = UserStore::open(file);
    REQUIRE(other);
    CHECK((*other)->find_by_email("a@x")->has_value());
    CHECK(*(*other)->set_password(1, "x", now));
    CHECK(user(1).password_hash == "x");
    store.reset();
    CHECK((*UserStore::open(file))->find_by_id(1)->value().password_hash == "x");
}

TEST_CASE_FIXTURE(Fixture, "users are listed by id, and schemes once each") {
    CHECK(store->list()->empty());
    CHECK(store->schemes()->empty());
    for (auto const* const email : {"c@x", "a@x", "b@x"})
        CHECK(*store->add(email, *password::make_hash("correct horse", 4), now));
    CHECK(*store->add("d@x", *password::make_dummy("$argon2id$v=19$m=64,t=1,p=1"), now));
    auto const all = store->list();
    REQUIRE(all->size() == 4);
    CHECK((*all)[0].email == "c@x");
    CHECK((*all)[3].email == "d@x");
    CHECK(store->schemes() == std::vector<std::string>{"$2b$04", "$argon2id$v=19$m=64,t=1,p=1"});
}

TEST_CASE_FIXTURE(Fixture, "two writers at once lose nothing") {
    auto other = std::move(*UserStore::open(file));
    auto const write = [](UserStore& to, std::string const& name) {
        for (int i = 0; i < 25; ++i) (void)to.add(name + std::to_string(i) + "@x", "h", now);
    };
    std::thread second([&] { write(*other, "second"); });
    write(*store, "first");
    second.join();
    CHECK(store->list()->size() == 50);
    CHECK(store->changes_after(-1)->latest == 50);
}

TEST_CASE("two processes may make one store at once") {
    for (int i = 0; i < 20; ++i) {
        TempFolder const folder;
        std::string problems[2];
        auto const make = [&](std::string& problem) {
            if (auto const store = UserStore::open(folder.path() / "users.db"); !store) problem = store.error();
        };
        std::thread other([&] { make(problems[1]); });
        make(problems[0]);
        other.join();
        CHECK(problems[0] == "");
        CHECK(problems[1] == "");
    }
}

TEST_CASE("a file that is no database is one clear line") {
    TempFolder const folder;
    auto const file = folder.write("users.db", std::string(8192, 'x'));
    auto const store = UserStore::open(file);
    REQUIRE_FALSE(store);
    CHECK(store.error() == "the user store " + file.native() + ": file is not a database");
}

TEST_CASE_FIXTURE(Fixture, "a database that breaks while it is open is store_unavailable, not an exception") {
    add("a@x");
    store.reset();
    auto const reader = std::move(*UserStore::open(file));
    {
        std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
        std::string const junk(64 * 1024, 'x');
        damage.write(junk.data(), static_cast<std::streamsize>(junk.size()));
    }
    auto const found = reader->find_by_id(1);
    REQUIRE_FALSE(found);
    CHECK(found.error() == errc::store_unavailable);
    CHECK(reader->changes_after(-1).error() == errc::store_unavailable);
    CHECK(reader->add("b@x", "h", now).error() == errc::store_unavailable);
    CHECK_FALSE(UserStore::open(file));
}
