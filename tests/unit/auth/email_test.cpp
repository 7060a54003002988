#include "auth/email.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::email_test {
using namespace tollgate::auth;

TEST_CASE("an email is trimmed and its letters are folded") {
    CHECK(folded_email("  Founder@Example.COM\r\n") == "founder@example.com");
    CHECK(folded_email("a b@c") == "a b@c");
    CHECK(folded_email(" \t ") == "");
    CHECK(folded_email("") == "");
    CHECK(folded_email("JÖRG@x") == "jörg@x");
    CHECK(folded_email("ΣΊΣΥΦΟΣ@x") == folded_email("σίσυφος@x"));
    CHECK(folded_email("STRASSE@x") == folded_email("straße@x"));
}

TEST_CASE("an email is the same whether a letter and its mark are typed as one character or as two") {
    CHECK(folded_email("JO\u0308RG@x") == "jörg@x");
    CHECK(folded_email("jo\u0308rg@x") == "jörg@x");
}

TEST_CASE("an email that was folded stays as it is") {
    for (auto const* const typed : {"a@b", "JÖRG@x", "İ@x", "ŉ@x", "ǰ@x", "\u0345\u0301@x", "ᾳ@x", "Ꮢ@x", "ﬃ@x"}) {
        CAPTURE(typed);
        auto const folded = folded_email(typed);
        CHECK(folded_email(folded) == folded);
    }
}

TEST_CASE("marks are put in order, but no more of them than an email holds") {
    std::string const two = "\u0301\u0323";  // an accent above, a dot below: their order is the other one
    CHECK(folded_email("A" + two) == "\u1ea1\u0301");
    std::string heap;
    while (heap.size() < most_email_bytes) heap += two;
    CHECK(folded_email("A" + heap) == "a" + heap);
    CHECK(problem_with_email(folded_email("A" + heap + "@x")));
}

TEST_CASE("an earlier release folded in ASCII alone") {
    CHECK(lowered_email(" JÖRG@Straße.DE\n") == "jÖrg@straße.de");
    CHECK(folded_email(lowered_email("JÖRG@Straße.DE")) == folded_email("JÖRG@Straße.DE"));
}

TEST_CASE("what is not UTF-8 is folded where it is ASCII, and no address") {
    CHECK(folded_email("A\xff\xc3@X") == "a\xff\xc3@x");
    CHECK(problem_with_email(folded_email("A\xff@X")) == "an email address is UTF-8");
    CHECK(problem_with_email(folded_email("A\xed\xa0\x80@X")) == "an email address is UTF-8");
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
