#include "auth/user_lines.hpp"

#include "auth/password.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::user_lines_test {
using namespace tollgate::auth;

namespace {

constexpr std::int64_t now = 1'700'000'000;
std::string const bcrypt = *password::make_hash("correct horse", 4);
std::string const argon2 = *password::make_dummy("$argon2id$v=19$m=64,t=1,p=1");

User user_in(UserLines& lines, std::string const& line) {
    CAPTURE(line);
    auto const read = lines.read(line);
    REQUIRE(read);
    REQUIRE(std::holds_alternative<User>(*read));
    return std::get<User>(*read);
}

// Of one line, which is the first.
User user_in(std::string const& line) {
    UserLines lines(now);
    return user_in(lines, line);
}
std::string refusal_of(std::string const& line) {
    UserLines lines(now);
    auto const read = lines.read(line);
    REQUIRE_FALSE(read);
    return read.error();
}

}  // namespace

TEST_CASE("a user goes through a line with all that is known of him") {
    User const user{.id = 7,
                    .email = "a\"b@x",
                    .password_hash = argon2,
                    .standing = Standing::disabled,
                    .created_at = 5,
                    .token_epoch = 3,
                    .tokens_changed_at = 6};
    auto const read = user_in(line_of(user));
    CHECK(read.id == 7);
    CHECK(read.email == "a\"b@x");
    CHECK(read.password_hash == argon2);
    CHECK(read.standing == Standing::disabled);
    CHECK(read.created_at == 5);
    CHECK(read.token_epoch == 3);
    CHECK(read.tokens_changed_at == 6);
}

TEST_CASE("the first line of an export says which ids are used up") {
    UserLines lines(now);
    auto const read = lines.read(line_of(std::int64_t{50}));
    REQUIRE(read);
    CHECK(std::get<UserLines::LastId>(*read).value == 50);
    CHECK(refusal_of(R"({"tollgate_users": 2, "last_id": 1})").contains("this version"));
}

TEST_CASE("an email and a hash are enough") {
    auto const user = user_in(R"({"email": " A@Example.com ", "hash": ")" + bcrypt + "\"}");
    CHECK(user.id == 0);
    CHECK(user.email == "a@example.com");
    CHECK(user.standing == Standing::enabled);
    CHECK(user.created_at == now);
    CHECK(user.token_epoch == 1);
}

TEST_CASE("what is wrong with a line is said without its hash") {
    auto const with = [](std::string const& members) {
        return R"({"email": "a@x", "hash": ")" + bcrypt + "\", " + members + "}";
    };
    CHECK(refusal_of("{") == "this is no JSON object");
    CHECK(refusal_of(R"({"email": "a@x", "email": "b@x", "hash": "x"})") == "this is no JSON object");
    CHECK(refusal_of(R"({"email": "a@x"})") == "`email` and `hash` are needed");
    CHECK(refusal_of(R"({"email": "ax", "hash": ")" + bcrypt + "\"}").contains("one @"));
    CHECK(refusal_of(R"({"email": "a\u0000@x", "hash": ")" + bcrypt + "\"}").contains("control characters"));
    CHECK(refusal_of(with(R"("disable": true)")) == "the member \"disable\" is not known");
    CHECK(refusal_of(with(R"("disabled": 1)")).contains("wrong type"));
    CHECK(refusal_of(with(R"("id": 0)")).contains("wrong type"));
    CHECK(refusal_of(with(R"("id": "7")")).contains("wrong type"));
    CHECK(refusal_of(with(R"("token_epoch": 0)")).contains("wrong type"));
    CHECK(refusal_of(with(R"("id": 9007199254740992)")).contains("wrong type"));
    CHECK(refusal_of(with(R"("token_epoch": 9223372036854775807)")).contains("wrong type"));
    CHECK(refusal_of(with(R"("created_at": 253402300800)")).contains("wrong type"));
    CHECK(refusal_of(R"({"tollgate_users": 1, "last_id": 9223372036854775807})").contains("this version"));
    CHECK(refusal_of(with(R"("\u001b]0;x": 1)")) == R"(the member "\u001b]0;x" is not known)");

    auto const unknown = refusal_of(R"({"email": "a@x", "hash": "$1$secret-salt$secret-hash"})");
    CHECK(unknown.contains("the hash of a@x is of no known kind"));
    CHECK_FALSE(unknown.contains("secret"));
}

TEST_CASE("CSV names its columns in the first line") {
    UserLines lines(now);
    CHECK(lines.read("email,hash\r"));
    CHECK(user_in(lines, "a@x," + bcrypt + "\r").password_hash == bcrypt);
    CHECK(user_in(lines, "\"b@x\",\"" + argon2 + "\"").password_hash == argon2);
    CHECK(user_in(lines, "c@x," + argon2).password_hash == argon2);  // with commas that nobody quoted
    CHECK(std::holds_alternative<UserLines::Nothing>(*lines.read("")));
    CHECK_FALSE(lines.read("d@x"));
    CHECK_FALSE(lines.read("d@x,\"" + bcrypt));
    CHECK_FALSE(lines.read("d@x,plain-text-password"));
}

TEST_CASE("hashes that would cost too much, or be of too many kinds, are refused") {
    auto const argon2_of = [](std::string const& parameters) {
        return R"({"email": "a@x", "hash": "$argon2id$v=19$)" + parameters +
               R"($c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b8dWRWJTmaasnUDFFy+0bKRrPo"})";
    };
    CHECK(user_in(argon2_of("m=262144,t=4,p=1")).email == "a@x");
    CHECK(refusal_of(argon2_of("m=262145,t=1,p=1")).contains("costs too much"));
    CHECK(refusal_of(argon2_of("m=65536,t=17,p=1")).contains("costs too much"));
    UserLines lines(now);
    for (int i = 0; i < 16; ++i) CHECK(lines.read(argon2_of("m=" + std::to_string(1000 + i) + ",t=1,p=1")));
    CHECK(lines.read(argon2_of("m=1000,t=1,p=1")));
    CHECK_FALSE(lines.read(argon2_of("m=2000,t=1,p=1")));
}

TEST_CASE("a file that is neither is said to be so once") {
    UserLines lines(now);
    CHECK_FALSE(lines.read("name,email"));
    CHECK(lines.senseless());
    UserLines excel(now);
    CHECK(
        excel.read("\xef\xbb\xbf"
                   "email,hash"));
    CHECK_FALSE(excel.senseless());
}

TEST_CASE("CSV may have other columns, and ids") {
    UserLines lines(now);
    CHECK(lines.read("id,name,hashed_password,email"));
    auto const user = user_in(lines, "12,\"Doe, \"\"J\"\"\"," + bcrypt + ",j@x");
    CHECK(user.id == 12);
    CHECK(user.email == "j@x");
    CHECK_FALSE(lines.read("0,x," + bcrypt + ",k@x"));
    CHECK_FALSE(lines.read("1x,x," + bcrypt + ",k@x"));
    CHECK_FALSE(lines.read("1,x," + argon2 + ",k@x"));  // its commas must be quoted here
    CHECK(refusal_of("name,email").contains("`email` and `hash`"));
}

}  // namespace tollgate::user_lines_test
