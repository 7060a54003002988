#include "auth/login_form.hpp"

#include "support/fake_exchange.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::login_form_test {
using namespace tollgate::auth;

namespace {

constexpr std::string_view form = "application/x-www-form-urlencoded";
constexpr std::string_view json = "application/json";

}  // namespace

TEST_CASE("a form gives its account, folded, and its password, as it is") {
    auto const attempt = read_login(form,
                                    "username=+Founder%40Example.com+&password=+p%26w%C3%A9+&scope=&client_id=x&client_"
                                    "secret=y&grant_type=password");
    REQUIRE(attempt);
    CHECK(attempt->account == "founder@example.com");
    CHECK(attempt->password.reveal() == " p&w\xc3\xa9 ");
    CHECK(read_login("Application/X-WWW-Form-Urlencoded; charset=utf-8", "username=a&password=b"));
}

TEST_CASE("multipart gives the same") {
    auto const attempt =
        read_login("multipart/form-data; boundary=xyz",
                   "--xyz\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nA@b\r\n"
                   "--xyz\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nsecret word\r\n--xyz--\r\n");
    REQUIRE(attempt);
    CHECK(attempt->account == "a@b");
    CHECK(attempt->password.reveal() == "secret word");
}

TEST_CASE("the spelling that was typed is for the store, the account is the same in any") {
    auto const attempt = read_login(json, R"({"username":" JÖRG@x","password":"x"})");
    REQUIRE(attempt);
    CHECK(attempt->email == " JÖRG@x");
    CHECK(attempt->account == "jörg@x");
}

TEST_CASE("JSON gives the same, with username or email") {
    auto const attempt =
        read_login("application/json; charset=utf-8", R"({"email": "A@b", "password": "x\u00e9", "remember": true})");
    REQUIRE(attempt);
    CHECK(attempt->account == "a@b");
    CHECK(attempt->password.reveal() == "x\xc3\xa9");
    CHECK(read_login(json, R"({"username":"A@b","password":"x"})")->account == "a@b");
}

TEST_CASE("what is wrong is said with the field's name, and never with its content") {
    struct Row {
        std::string_view type;
        std::string body;
        unsigned status;
        std::string_view detail;
    };
    for (auto const& [type, body, status, detail] : {
             Row{form, "password=sesame", 400, "The field `username` is missing."},
             Row{form, "username=&password=sesame", 400, "The field `username` is missing."},
             Row{form, "username=a", 400, "The field `password` is missing."},
             Row{form, "username=a&password=", 400, "The field `password` is missing."},
             Row{form, "", 400, "The field `username` is missing."},
             Row{form, "username=a&password=sesame&grant_type=client_credentials", 400,
                 "The field `grant_type` must be `password`."},
             Row{form, "username=a&password=sesame&grant_type=", 400, "The field `grant_type` must be `password`."},
             Row{form, "username=a&password=ses%00ame", 400, "The field `password` holds a NUL."},
             Row{form, "username=a%00&password=sesame", 400, "The field `username` holds a NUL."},
             Row{form, "username=a&password=sesame&password=sesame", 400,
                 "The body is not a form whose fields each stand once, with proper escapes."},
             Row{form, "username=a&password=sesame%zz", 400,
                 "The body is not a form whose fields each stand once, with proper escapes."},
             Row{form, "username=a&password=" + std::string(1025, 'p'), 413,
                 "The field `password` has more than 1024 bytes."},
             Row{json, R"({"password":"sesame"})", 400, "The field `username` is missing."},
             Row{json, R"({"email":"","password":"sesame"})", 400, "The field `email` is missing."},
             Row{json, R"({"email":"a"})", 400, "The field `password` is missing."},
             Row{json, R"({"email":1,"password":"sesame"})", 400, "The field `email` must be a string."},
             Row{json, R"({"email":"a","password":["sesame"]})", 400, "The field `password` must be a string."},
             Row{json, R"({"email":"a","password":null})", 400, "The field `password` must be a string."},
             Row{json, R"({"email":"a","username":"b","password":"sesame"})", 400,
                 "The fields `username` and `email` are the same: send one of them."},
             Row{json, R"({"email":"a","password":"sesame\u0000"})", 400, "The field `password` holds a NUL."},
             Row{json, R"({"email":"a","password":"sesame","password":"sesame"})", 400,
                 "The body is not a JSON object whose members each stand once."},
             Row{json, R"(["sesame"])", 400, "The body is not a JSON object whose members each stand once."},
             Row{json, "", 400, "The body is not a JSON object whose members each stand once."},
             Row{"text/plain", "username=a&password=sesame", 415, "The content type is not supported."},
             Row{"", "username=a&password=sesame", 415, "The content type is not supported."},
             Row{"multipart/form-data", "x", 415, "The content type is not supported."},
         }) {
        CAPTURE(body);
        auto const attempt = read_login(type, body);
        REQUIRE_FALSE(attempt);
        CHECK(attempt.error().status == status);
        CHECK(testing::detail_of(attempt.error()) == detail);
        CHECK_FALSE(attempt.error().body.contains("sesame"));
    }
}

TEST_CASE("1,024 bytes of password are taken") {
    CHECK(read_login(form, "username=a&password=" + std::string(1024, 'p')));
}

}  // namespace tollgate::login_form_test
