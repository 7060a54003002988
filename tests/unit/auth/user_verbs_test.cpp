#include "auth/user_verbs.hpp"

#include "settings/document.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>

namespace tollgate::user_verbs_test {
using namespace tollgate::auth;
using tollgate::testing::TempFolder;

namespace {

// What one verb prints, and its exit code.
struct Run {
    std::ostringstream out;
    std::ostringstream err;
    int code = -1;

    Run(std::string const& yaml, std::string const& word, plugin::VerbArguments const& arguments) {
        auto const document = *settings::Document::parse(yaml);
        auto const verbs = user_verbs();
        auto const verb = std::ranges::find(verbs, std::vector<std::string>{"user", word}, &plugin::Verb::words);
        REQUIRE(verb != verbs.end());
        auto* const out_before = std::cout.rdbuf(out.rdbuf());
        auto* const err_before = std::cerr.rdbuf(err.rdbuf());
        code = verb->run(document->root(), arguments);
        std::cout.rdbuf(out_before);
        std::cerr.rdbuf(err_before);
    }
};

}  // namespace

TEST_CASE("the verbs need a store and no token key") {
    TempFolder const folder;
    auto const yaml = "users: {store: 'sqlite://" + (folder.path() / "users.db").native() + "', bcrypt_cost: 10}";
    Run const added(yaml, "add", {{"a@x"}, {"--generate"}});
    CHECK(added.code == 0);
    CHECK(added.out.str().starts_with("User 1 (a@x) added\nPassword: "));
    CHECK(added.err.str() == "");
    Run const again(yaml, "add", {{"A@x"}, {"--generate"}});
    CHECK(again.code == 1);
    CHECK(again.err.str() == "tollgate: User already exists\n");
    CHECK(Run(yaml, "disable", {{"a@x"}, {}}).code == 0);
    CHECK(Run(yaml, "show", {{"a@x"}, {}}).out.str().contains("state:          disabled"));
    CHECK(Run(yaml, "enable", {{"a@x"}, {}}).code == 0);
    CHECK(Run(yaml, "passwd", {{"a@x"}, {"--generate"}}).out.str().contains("Password: "));
    CHECK(Run(yaml, "list", {}).out.str().contains("a@x"));
    CHECK(Run(yaml, "remove", {{"a@x"}, {}}).code == 0);
    CHECK(Run(yaml, "show", {{"a@x"}, {}}).code == 1);
}

TEST_CASE("what stands in the way is one line on stderr") {
    plugin::VerbArguments const arguments{{"a@x"}, {}};
    CHECK(Run("tokens: {}", "list", arguments).err.str() ==
          "tollgate: the configuration names no user store (plugins.auth.users.store)\n");
    CHECK(Run("users: {store: nonsense}", "list", arguments).code == 1);
    Run const nowhere("users: {store: 'sqlite:///no/such/folder/users.db'}", "list", arguments);
    CHECK(nowhere.code == 1);
    CHECK(nowhere.err.str() ==
          "tollgate: the user store /no/such/folder/users.db: there is no folder /no/such/folder\n");
    Run const both("users: {store: 'sqlite:u.db'}", "add", {{"a@x"}, {"--generate", "--password-stdin"}});
    CHECK(both.code == 2);
    CHECK(both.out.str() == "");
}

}  // namespace tollgate::user_verbs_test
