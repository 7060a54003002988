#include "auth/email.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::email_test {
using namespace tollgate::auth;

TEST_CASE("an email is trimmed and its ASCII letters are folded") {
    CHECK(folded_email("  Founder@Example.COM\r\n") == "founder@example.com");
    CHECK(folded_email("a b@c") == "a b@c");
    CHECK(folded_email(" \t ") == "");
    CHECK(folded_email("") == "");
    CHECK(folded_email("J\xc3\x96RG@x") == "j\xc3\x96rg@x");
}

TEST_CASE("an address of an account has one @ with something on both sides") {
    CHECK_FALSE(problem_with_email("founder@example.com"));
    CHECK_FALSE(problem_with_email("a@b"));
    CHECK_FALSE(problem_with_email("first.last+tag@sub.example"));
    for (auto const* const email :
         {"", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "a\t@b", "a@b\x7f", "a@\x1b[31m"}) {
        CAPTURE(email);
        CHECK(problem_with_email(email));
    }
    CHECK(problem_with_email(std::string_view("a\0@b", 4)));
}

TEST_CASE("254 bytes are the most that an address has") {
    CHECK_FALSE(problem_with_email(std::string(252, 'a') + "@b"));
    CHECK(problem_with_email(std::string(253, 'a') + "@b") ==
          "an email address has at most 254 bytes; this one has 255");
}

}  // namespace tollgate::email_test
