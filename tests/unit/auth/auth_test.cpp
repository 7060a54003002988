#include "auth/auth.hpp"

#include "auth/password.hpp"
#include "settings/document.hpp"
#include "support/await.hpp"
#include "support/fake_exchange.hpp"
#include "support/fake_services.hpp"
#include "support/stores.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::auth_test {
using namespace tollgate::auth;
using tollgate::testing::await;
using tollgate::testing::FakeExchange;
using tollgate::testing::FakeServices;
using tollgate::testing::field_of;
using tollgate::testing::sqlite_store;
using tollgate::testing::TempFolder;

namespace {

constexpr std::string_view tokens = "tokens: {secret: 0Pq8dkM2u-4jT9sVbX1eRzLw7yHnC5aGf3IoKtUv}\n";

struct Made {
    std::shared_ptr<settings::Document> document;
    plugin::SlotLayout slots;
    plugin::Checked<std::unique_ptr<Auth>> auth;

    Made(plugin::Services& services, std::string const& yaml) : document(*settings::Document::parse(yaml)) {
        plugin::Setup setup{document->root(), services, slots};
        auth = Auth::make(setup);
        document->refuse_unread();
    }
};

std::string with_users(TempFolder const& folder, std::string const& more = "") {
    return std::string(tokens) + "users: {store: 'sqlite://" + (folder.path() / "users.db").native() +
           "', bcrypt_cost: 10}\n" + more;
}

std::string token_of_login(FakeServices& services, Auth const& auth) {
    FakeExchange login(Access::open);
    login.with(http::FieldName::content_type, "application/json");
    auto const reply = await(
        services.context,
        auth.endpoints()[0].endpoint->serve(login.exchange, R"({"username":"Founder@x","password":"correct horse"})"));
    REQUIRE(reply.status == 200);
    auto const begin = reply.body.find(": \"") + 3;
    return reply.body.substr(begin, reply.body.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("the plugin provides identities and is known by its name") {
    auto const type = plugin::plugin_type<Auth>();
    CHECK(type.name == "auth");
    CHECK(type.identity == plugin::IdentityRole::provides);
    CHECK(type.verbs.size() == 10);
}

TEST_CASE("without users there are no endpoints and nothing to open") {
    FakeServices services;
    Made const made(services, std::string(tokens));
    REQUIRE(made.auth);
    CHECK((*made.auth)->endpoints().empty());
    CHECK((*made.auth)->open());
    CHECK(services.pools.empty());
    CHECK(services.readiness_checks.empty());
}

TEST_CASE("a wrong block makes no plugin, and the document knows why") {
    FakeServices services;
    Made const made(services, "tokens: {secret: short}\n");
    REQUIRE_FALSE(made.auth);
    CHECK(made.auth.error().empty());
    CHECK(made.document->errors().size() == 1);
}

TEST_CASE("making does no I/O; opening makes the store, and names what is wrong with it") {
    FakeServices services;
    TempFolder const folder;
    Made const made(services, with_users(folder));
    REQUIRE(made.auth);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "users.db"));
    CHECK(services.pools.empty());
    REQUIRE((*made.auth)->open());
    CHECK(std::filesystem::exists(folder.path() / "users.db"));
    CHECK(services.readiness_checks.at("users")());

    Made const nowhere(services, std::string(tokens) + "users: {store: 'sqlite:///no/such/folder/users.db'}");
    REQUIRE(nowhere.auth);
    auto const opened = (*nowhere.auth)->open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == "the user store /no/such/folder/users.db: there is no folder /no/such/folder");
}

TEST_CASE("login is open, me is guarded, and both paths can be changed") {
    FakeServices services;
    TempFolder const folder;
    Made const made(services, with_users(folder, "login: {path: /in}\nme: {path: /who}\n"));
    REQUIRE(made.auth);
    auto const routes = (*made.auth)->endpoints();
    REQUIRE(routes.size() == 2);
    CHECK(routes[0].method == "POST");
    CHECK(routes[0].path == "/in");
    CHECK(routes[0].access == Access::open);
    CHECK(routes[1].method == "GET");
    CHECK(routes[1].path == "/who");
    CHECK(routes[1].access == Access::guarded);
}

TEST_CASE("whoever is put out while another store is in use is out when his is used again") {
    FakeServices services;
    TempFolder const his;
    TempFolder const another;
    auto const elsewhere = std::move(*UserStore::open(sqlite_store(his.path() / "users.db")));
    REQUIRE(*elsewhere->add("founder@x", *password::make_hash("correct horse", 4), services.time.unix_seconds()));
    auto made = std::make_unique<Made>(services, with_users(his));
    REQUIRE((*made->auth)->open());
    services.run_posted();
    auto const token = token_of_login(services, **made->auth);
    FakeExchange first;
    auto verdict = (*made->auth)->on_request(first.with_token(token).exchange);
    REQUIRE(await(services.context, std::move(verdict).rest()).passes());
    FakeExchange second;
    REQUIRE((*made->auth)->on_request(second.with_token(token).exchange).passes());  // the cache knows it

    auto meanwhile = std::make_unique<Made>(services, with_users(another));
    REQUIRE((*meanwhile->auth)->open());
    made.reset();
    REQUIRE(*elsewhere->set_standing(1, Standing::disabled, services.time.unix_seconds()));
    Made const again(services, with_users(his));
    REQUIRE((*again.auth)->open());
    meanwhile.reset();
    services.run_posted();
    FakeExchange third;
    auto refused = (*again.auth)->on_request(third.with_token(token).exchange);
    REQUIRE_FALSE(refused.passes());
    auto end = await(services.context, std::move(refused).rest());
    REQUIRE(end.reply());
    CHECK(end.reply()->status == 401);
}

TEST_CASE("from a login to me, and out within one poll, across a reload") {
    FakeServices services;
    TempFolder const folder;
    auto const yaml = with_users(folder);
    auto made = std::make_unique<Made>(services, yaml);
    auto* auth = made->auth->get();
    REQUIRE(auth->open());
    auto const store = std::move(*UserStore::open(sqlite_store(folder.path() / "users.db")));
    auto const later = services.time.unix_seconds();
    REQUIRE(*store->add("founder@x", *password::make_hash("correct horse", 4), later));

    auto const token = token_of_login(services, *auth);

    FakeExchange first;
    auto verdict = auth->on_request(first.with_token(token).exchange);
    REQUIRE_FALSE(verdict.passes());
    REQUIRE_FALSE(verdict.reply());
    REQUIRE(await(services.context, std::move(verdict).rest()).passes());
    auto const me = await(services.context, auth->endpoints()[1].endpoint->serve(first.exchange, ""));
    CHECK(me.status == 200);
    CHECK(me.body == R"({"id": 1, "email": "founder@x"})");

    Made const reloaded(services, yaml);
    made.reset();
    auth = reloaded.auth->get();
    REQUIRE(auth->open());
    FakeExchange second;
    CHECK(auth->on_request(second.with_token(token).exchange).passes());  // known to the worker, whoever asked first

    Made const other_key(services, with_users(folder).replace(17, 1, "Q"));
    REQUIRE((*other_key.auth)->open());
    FakeExchange third;
    auto refused = (*other_key.auth)->on_request(third.with_token(token).exchange);
    REQUIRE(refused.reply());
    CHECK(refused.reply()->reason == errc::bad_signature);
}

TEST_CASE("me without an identity is refused, and quotes what is no number") {
    Me const me;
    FakeExchange nobody;
    CHECK(await(me.serve(nobody.exchange, "")).status == 401);
    FakeExchange other;
    auto* const identity = new plugin::Identity;
    identity->user_id = "auth0|\"x\"";
    other.exchange.identity = identity;
    auto const reply = await(me.serve(other.exchange, ""));
    CHECK(reply.body == R"({"id": "auth0|\"x\"", "email": ""})");
    CHECK(field_of(reply, "Cache-Control") == "no-store");
}

}  // namespace tollgate::auth_test
