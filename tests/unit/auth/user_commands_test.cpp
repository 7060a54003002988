#include "auth/user_commands.hpp"

#include "auth/password.hpp"
#include "support/manual_clock.hpp"
#include "support/stores.hpp"
#include "support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <sstream>
#include <string>

namespace tollgate::user_commands_test {
using namespace tollgate::auth;
using tollgate::testing::sqlite_store;
using tollgate::testing::TempFolder;

namespace {

constexpr std::int64_t begin = 1'700'000'000;

struct Fixture {
    testing::ManualClock clock{begin};
    TempFolder folder;
    std::unique_ptr<UserStore> store = std::move(*UserStore::open(sqlite_store(folder.path() / "users.db")));
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in;
    std::deque<std::string> typed;
    Console console{out, err, in, [this](std::string_view) -> std::optional<Secret> {
                        if (typed.empty()) return std::nullopt;
                        clock.advance(std::chrono::seconds(20));  // it is typed
                        Secret answer(std::move(typed.front()));
                        typed.pop_front();
                        return answer;
                    }};
    UserCommands commands{*store, console, 4, clock};

    int add_from_input(std::string const& text) {
        in.clear();
        in.str(text);
        return commands.add("a@x", PasswordSource::standard_input);
    }
    bool password_is(std::string_view word, std::string const& email = "a@x") {
        return password::matches(word, store->find_by_email(email)->value().password_hash);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a user is added with a password that was typed twice") {
    typed = {"correct horse", "correct horse"};
    CHECK(commands.add(" A@X ", PasswordSource::prompt) == 0);
    CHECK(out.str() == "User 1 (a@x) added\n");
    CHECK(err.str() == "");
    CHECK(password_is("correct horse"));
}

TEST_CASE_FIXTURE(Fixture, "tokens made while the new password was typed are over too") {
    CHECK(add_from_input("correct horse\n") == 0);
    typed = {"battery staple", "battery staple"};
    CHECK(commands.set_password("a@x", PasswordSource::prompt) == 0);
    CHECK(store->find_by_email("a@x")->value().tokens_changed_at == begin + 40);
}

TEST_CASE_FIXTURE(Fixture, "a password typed differently, or not at all, adds nobody") {
    typed = {"correct horse", "correct house"};
    CHECK(commands.add("a@x", PasswordSource::prompt) == 1);
    CHECK(err.str() == "tollgate: the passwords differ\n");
    CHECK(commands.add("a@x", PasswordSource::prompt) == 1);
    CHECK(store->after(0, 9)->empty());
}

TEST_CASE_FIXTURE(Fixture, "a password that cannot be is refused before it is typed again") {
    typed = {"short", "never asked"};
    CHECK(commands.add("a@x", PasswordSource::prompt) == 1);
    CHECK(err.str() == "tollgate: a password has at least 8 bytes; this one has 5\n");
    CHECK(typed.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a password comes from standard input, without the newline at its end") {
    CHECK(add_from_input("correct horse\n") == 0);
    CHECK(password_is("correct horse"));
    CHECK(out.str() == "User 1 (a@x) added\n");
}

TEST_CASE_FIXTURE(Fixture, "what standard input may hold") {
    struct Row {
        std::string text;
        std::string problem;
    };
    for (auto const& [text, problem] : {
             Row{"", "a password has at least 8 bytes; this one has 0"},
             Row{"\n", "a password has at least 8 bytes; this one has 0"},
             Row{"correct\nhorse\n", "a password is one line"},
             Row{std::string("correct\0horse", 13), "a password cannot hold a NUL byte"},
             Row{std::string(80, 'p'), "bcrypt uses the first 72 bytes of a password; this one has 80"},
         }) {
        CAPTURE(text);
        err.str("");
        CHECK(add_from_input(text) == 1);
        CHECK(err.str() == "tollgate: " + problem + "\n");
    }
    CHECK(store->after(0, 9)->empty());
    CHECK(add_from_input("correct horse\r\n") == 0);
    CHECK(password_is("correct horse"));
}

TEST_CASE_FIXTURE(Fixture, "a generated password is shown once and works") {
    CHECK(commands.add("a@x", PasswordSource::generated) == 0);
    auto const line = out.str().find("Password: ");
    REQUIRE(line != std::string::npos);
    auto const word = out.str().substr(line + 10, out.str().size() - line - 11);
    CHECK(word.size() == 24);
    CHECK(password_is(word));
}

TEST_CASE_FIXTURE(Fixture, "a duplicate says so before it asks for a password") {
    CHECK(add_from_input("correct horse") == 0);
    typed = {"another horse", "another horse"};
    CHECK(commands.add("A@x", PasswordSource::prompt) == 1);
    CHECK(err.str() == "tollgate: User already exists\n");
    CHECK(typed.size() == 2);
    CHECK(password_is("correct horse"));
}

TEST_CASE_FIXTURE(Fixture, "what is no email adds nobody") {
    CHECK(commands.add("founder", PasswordSource::generated) == 1);
    CHECK(err.str() == "tollgate: an email address is a name, one @ and a domain\n");
    CHECK(out.str() == "");
}

TEST_CASE_FIXTURE(Fixture, "users are disabled, enabled, given a password and removed") {
    CHECK(add_from_input("correct horse") == 0);
    out.str("");
    CHECK(commands.set_standing("A@X", Standing::disabled) == 0);
    CHECK(store->find_by_id(1)->value().standing == Standing::disabled);
    CHECK(commands.set_standing("a@x", Standing::enabled) == 0);
    CHECK(store->find_by_id(1)->value().standing == Standing::enabled);
    typed = {"another horse", "another horse"};
    CHECK(commands.set_password("a@x", PasswordSource::prompt) == 0);
    CHECK(password_is("another horse"));
    CHECK(commands.remove("a@x") == 0);
    CHECK(store->after(0, 9)->empty());
    CHECK(out.str() ==
          "User 1 (a@x) is disabled; older tokens are over\n"
          "User 1 (a@x) is enabled\n"
          "User 1 (a@x) has a new password; older tokens are over\n"
          "User 1 (a@x) is removed\n");
    CHECK(err.str() == "");
}

TEST_CASE_FIXTURE(Fixture, "a user that is not there is said not to be") {
    CHECK(commands.set_standing("n@x", Standing::disabled) == 1);
    CHECK(commands.set_password("n@x", PasswordSource::generated) == 1);
    CHECK(commands.remove("n@x") == 1);
    CHECK(commands.show("n@x") == 1);
    CHECK(out.str() == "");
    CHECK(err.str() ==
          "tollgate: There is no user n@x\ntollgate: There is no user n@x\ntollgate: There is no user "
          "n@x\ntollgate: There is no user n@x\n");
}

TEST_CASE_FIXTURE(Fixture, "show and list tell about users, and nothing of their hashes") {
    CHECK(add_from_input("correct horse") == 0);
    out.str("");
    CHECK(commands.show("a@x") == 0);
    CHECK(out.str() ==
          "id:             1\nemail:          a@x\nstate:          enabled\ncreated:        2023-11-14 22:13:20 UTC\n"
          "password:       2b 04\ntokens since:   never\n");
    out.str("");
    CHECK(commands.list() == 0);
    CHECK(out.str() ==
          "    ID  STATE     CREATED                  EMAIL\n     1  enabled   2023-11-14 22:13:20 UTC  a@x\n");
}

}  // namespace tollgate::user_commands_test
