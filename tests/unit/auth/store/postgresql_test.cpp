// What only a server can do: refuse, break off, be silent, and wake those who wait.
#include "auth/store/users.hpp"
#include "support/stores.hpp"

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace tollgate::postgresql_test {
using namespace tollgate::auth;
using namespace std::chrono_literals;
using tollgate::testing::OnPostgresql;
using tollgate::testing::postgresql;
using tollgate::testing::postgresql_uri;

namespace {

constexpr std::int64_t now = 1'700'000'000;

std::string changed_uri(std::string const& from, std::string const& to) {
    auto uri = postgresql_uri();
    auto const at = uri.rfind(from);
    REQUIRE(at != std::string::npos);
    return uri.replace(at, from.size(), to);
}

std::string problem_of(StoreLocation const& location) {
    auto const store = UserStore::open(location);
    REQUIRE_FALSE(store);
    CHECK_FALSE(store.error().contains("a-password-of-the-tests"));
    CHECK_FALSE(store.error().contains("\n"));
    return store.error();
}

// A database user of less power, made anew.
StoreLocation location_of_guest() {
    postgresql(
        "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'guest') THEN DROP OWNED BY guest; DROP ROLE "
        "guest; END IF; END $$; CREATE ROLE guest LOGIN PASSWORD 'guest-word'");
    return *read_store_location(changed_uri("tollgate:a-password-of-the-tests@", "guest:guest-word@"));
}

struct Fixture : OnPostgresql {
    std::unique_ptr<UserStore> store = open();

    [[nodiscard]] std::unique_ptr<UserStore> open(ConnectionOptions options = {}) const {
        return std::move(*UserStore::open(location, options));
    }
    void break_connections() const {
        postgresql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tollgate%'");
    }
};

bool readable(int descriptor, std::chrono::milliseconds within) {
    pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, static_cast<int>(within.count())) == 1;
}

}  // namespace

TEST_CASE("a server that is not there, or does not know us, is one clear line without the password") {
    CHECK(problem_of(*read_store_location("postgresql://u:a-password-of-the-tests@127.0.0.1:1/d"))
              .contains("Connection refused"));
    CHECK(problem_of(*read_store_location(changed_uri("a-password-of-the-tests", "wrong")))
              .contains("password authentication failed for user \"tollgate\""));
    CHECK(problem_of(*read_store_location(changed_uri("/tollgate", "/nothing")))
              .contains("database \"nothing\" does not exist"));
    CHECK(problem_of(*read_store_location(changed_uri("/tollgate", "/tollgate?sslmode=require"))).contains("SSL"));
}

TEST_CASE("only a server that may come by itself is waited for") {
    auto const begun = std::chrono::steady_clock::now();
    auto const location = *read_store_location(changed_uri("a-password-of-the-tests", "wrong"));
    CHECK_FALSE(UserStore::open(location, {.patience = Patience::while_absent}));
    CHECK(std::chrono::steady_clock::now() - begun < 5s);
}

TEST_CASE_FIXTURE(Fixture, "missing rights are said as such") {
    auto const guest = location_of_guest();
    CHECK(problem_of(guest).contains("may not see it (GRANT USAGE"));
    postgresql("GRANT USAGE ON SCHEMA tollgate TO guest; GRANT SELECT ON ALL TABLES IN SCHEMA tollgate TO guest");
    auto const reader = std::move(*UserStore::open(guest));
    CHECK(reader->after(0, 9)->empty());
    CHECK(reader->add("a@x", "h", now).error() == errc::store_unavailable);
    CHECK(reader->after(0, 9)->empty());
    postgresql("DROP SCHEMA tollgate CASCADE");
    CHECK(problem_of(guest).contains("lacks the right"));
}

TEST_CASE_FIXTURE(Fixture, "a store of other rules is refused, one with further steps is not") {
    postgresql("INSERT INTO tollgate.migrations VALUES (99)");
    CHECK(UserStore::open(location));
    postgresql("UPDATE tollgate.schema_version SET version = 2");
    CHECK(problem_of(location).contains("a newer version of this program made it"));
}

TEST_CASE_FIXTURE(Fixture, "a connection that broke while it was idle costs nobody an answer") {
    CHECK(store->add("a@x", "h", now)->value() == 1);
    break_connections();
    CHECK(store->find_by_id(1)->has_value());
    break_connections();
    CHECK(store->add("b@x", "h", now)->has_value());
    break_connections();
    CHECK(store->changes_after({.id = 0})->latest.id == 2);
}

TEST_CASE_FIXTURE(Fixture, "a change that cannot be written whole is not written at all") {
    CHECK(store->add("a@x", "h", now)->value() == 1);
    postgresql("ALTER TABLE tollgate.changes ADD CONSTRAINT none CHECK (kind <> 'password')");
    CHECK(store->set_password(1, "new", now).error() == errc::store_unavailable);
    CHECK(store->find_by_id(1)->value().password_hash == "h");
    CHECK(store->find_by_id(1)->value().token_epoch == 1);
    CHECK(store->changes_after({})->latest.id == 1);
    // The log has no gap after it.
    CHECK(*store->set_standing(1, Standing::disabled, now));
    CHECK(store->changes_after({.id = 1})->latest.id == 2);
    CHECK_FALSE(store->changes_after({.id = 1})->everything);
}

TEST_CASE_FIXTURE(Fixture, "a statement that waits for a lock too long gives up, and the connection goes on") {
    CHECK(store->add("a@x", "h", now)->value() == 1);
    std::thread locker([] { postgresql("BEGIN; LOCK TABLE tollgate.users; SELECT pg_sleep(4); COMMIT"); });
    std::this_thread::sleep_for(500ms);  // not for the clock: until the server has the lock
    auto const begun = std::chrono::steady_clock::now();
    CHECK(store->find_by_id(1).error() == errc::store_unavailable);
    CHECK(std::chrono::steady_clock::now() - begun < 3s);
    locker.join();
    CHECK(store->find_by_id(1)->has_value());
}

TEST_CASE_FIXTURE(Fixture, "a write whose commit broke off is not repeated: it may have been made") {
    postgresql(
        "CREATE TABLE tollgate.tried (id SERIAL); CREATE FUNCTION tollgate.break_off() RETURNS TRIGGER LANGUAGE plpgsql"
        " AS 'BEGIN PERFORM nextval(''tollgate.tried_id_seq''); PERFORM pg_terminate_backend(pg_backend_pid());"
        " RETURN NULL; END';"
        "CREATE CONSTRAINT TRIGGER break_off AFTER INSERT ON tollgate.users DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION tollgate.break_off()");
    CHECK(store->add("a@x", "h", now).error() == errc::store_unavailable);
    postgresql("DO $$ BEGIN ASSERT (SELECT last_value = 1 AND is_called FROM tollgate.tried_id_seq); END $$");
    CHECK_FALSE(store->find_by_email("a@x")->has_value());
}

TEST_CASE_FIXTURE(Fixture, "the schema of another role is not used") {
    auto const guest = location_of_guest();
    postgresql("DROP SCHEMA tollgate CASCADE; CREATE SCHEMA tollgate; GRANT ALL ON SCHEMA tollgate TO guest");
    CHECK(problem_of(guest).contains("belongs to another role"));
    postgresql("ALTER SCHEMA tollgate OWNER TO guest");
    CHECK(UserStore::open(guest));
    postgresql("DROP SCHEMA tollgate CASCADE");
}

TEST_CASE_FIXTURE(Fixture, "one connection that waits does not keep the others waiting") {
    CHECK(store->add("a@x", "h", now)->value() == 1);
    auto const shared = open({.count = 2});
    std::thread locker([] { postgresql("BEGIN; SELECT FROM tollgate.users FOR UPDATE; SELECT pg_sleep(1); COMMIT"); });
    std::this_thread::sleep_for(300ms);  // not for the clock: until the server has the lock
    std::atomic<bool> written{false};
    std::thread writer([&] { written = *shared->set_standing(1, Standing::disabled, now); });
    std::this_thread::sleep_for(100ms);
    CHECK(shared->find_by_id(1)->has_value());
    CHECK_FALSE(written);
    locker.join();
    writer.join();
    CHECK(written);
}

TEST_CASE_FIXTURE(Fixture, "connections are shared by any number of threads") {
    CHECK(store->add("a@x", "h", now)->value() == 1);
    auto const shared = open({.count = 4});
    std::vector<std::thread> threads;
    std::atomic<int> found{0};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 50; ++n) found += shared->find_by_id(1).value().has_value() ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(found == 400);
}

TEST_CASE_FIXTURE(Fixture, "each change wakes those who wait for changes, and only a change does") {
    auto const waiting = open({.wakeups = Wakeups::on_change});
    auto const latest = waiting->changes_after({})->latest;
    CHECK_FALSE(readable(waiting->wakeup(), 0ms));
    CHECK(store->add("a@x", "h", now)->has_value());
    CHECK(readable(waiting->wakeup(), 5s));
    CHECK(waiting->changes_after(latest)->latest.id == latest.id + 1);
    CHECK_FALSE(readable(waiting->wakeup(), 0ms));
    CHECK(store->find_by_id(1)->has_value());
    CHECK_FALSE(readable(waiting->wakeup(), 50ms));

    break_connections();
    CHECK(waiting->changes_after(latest)->latest.id == latest.id + 1);
    CHECK(*store->set_standing(1, Standing::disabled, now));
    CHECK(readable(waiting->wakeup(), 5s));
}

TEST_CASE_FIXTURE(Fixture, "writers at once leave a log without gaps, whatever order they end in") {
    constexpr int writers = 6;
    constexpr int each = 30;
    auto const shared = open({.count = writers});
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&, i] {
            for (int n = 0; n < each; ++n)
                CHECK(shared->add(std::to_string(i) + "." + std::to_string(n) + "@x", "h", now));
        });
    }
    LogPoint seen{.id = 0};
    bool everything = false;
    while (seen.id < writers * each) {
        auto const changes = store->changes_after(seen);
        REQUIRE(changes);
        everything |= changes->everything;
        seen = changes->latest;
    }
    for (auto& thread : threads) thread.join();
    CHECK_FALSE(everything);
    CHECK(store->after(0, 1000)->size() == writers * each);
}

TEST_CASE("the database may be one that is used for other things too") {
    OnPostgresql const place;
    postgresql("DROP TABLE IF EXISTS public.users; CREATE TABLE public.users (name TEXT)");
    auto const store = std::move(*UserStore::open(place.location));
    CHECK(store->add("a@x", "h", now)->has_value());
    postgresql("DROP TABLE public.users");
    CHECK(store->find_by_email("a@x")->has_value());
}

}  // namespace tollgate::postgresql_test
