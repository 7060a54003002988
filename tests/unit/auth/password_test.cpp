#include "auth/password.hpp"

#include "auth/argon2_hash.hpp"

#include <doctest/doctest.h>

#include <argon2.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>
#include <new>
#include <string>

namespace tollgate::password_test {
using namespace tollgate::auth;

namespace {

constexpr auto bcrypt_setting = "$2b$04$abcdefghijklmnopqrstuu";
constexpr auto argon2_scheme = "$argon2id$v=19$m=1024,t=1,p=1";

std::string argon2_example() { return *password::make_dummy(argon2_scheme); }

double cpu_time(clockid_t of) {
    timespec now{};
    REQUIRE(::clock_gettime(of, &now) == 0);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

TEST_CASE("a password that was hashed matches, and no other") {
    auto const hash = password::make_hash("correct horse", 4);
    REQUIRE(hash);
    CHECK(hash->starts_with("$2b$04$"));
    CHECK(hash->size() == 60);
    CHECK(password::matches("correct horse", *hash));
    CHECK_FALSE(password::matches("correct horsf", *hash));
    CHECK_FALSE(password::matches("correct hors", *hash));
    CHECK_FALSE(password::matches("correct horse ", *hash));
    CHECK_FALSE(password::matches("", *hash));
}

TEST_CASE("the same password hashes differently each time") {
    CHECK(*password::make_hash("correct horse", 4) != *password::make_hash("correct horse", 4));
}

TEST_CASE("known bcrypt vectors of all three prefixes match") {
    // Of crypt_blowfish and of OpenBSD.
    CHECK(password::matches("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    CHECK(password::matches("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    CHECK(password::matches("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
    CHECK(password::matches("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"));
    CHECK_FALSE(password::matches("U*V", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"));
}

TEST_CASE("an imported bcrypt hash compares the first 72 bytes, whatever follows") {
    std::string const full(72, 'p');
    auto const hash = *password::make_hash(full, 4);
    CHECK(password::matches(full, hash));
    CHECK(password::matches(full + "q", hash));
    CHECK(password::matches(full + std::string(952, 'q'), hash));  // more than the library takes
    CHECK_FALSE(password::matches(std::string(71, 'p') + "q", hash));
    CHECK_FALSE(password::matches(std::string(71, 'p'), hash));
}

TEST_CASE("a NUL never matches") {
    auto const hash = *password::make_hash("correct horse", 4);
    CHECK_FALSE(password::matches(std::string_view("correct horse\0x", 15), hash));
    CHECK_FALSE(password::matches(std::string_view("correct horse\0", 14), hash));
}

TEST_CASE("an argon2id hash of another implementation is checked") {
    // From the tests of the reference implementation: password, somesalt, t=2, m=2^8, p=1.
    std::string const stored = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    CHECK(password::is_supported(stored));
    CHECK(password::matches("password", stored));
    CHECK_FALSE(password::matches("Password", stored));
    CHECK_FALSE(password::matches("", stored));
}

TEST_CASE("an argon2id hash of several lanes is checked, by the thread that asks alone") {
    auto const scheme = std::string("$argon2id$v=19$m=16384,t=4,p=4");
    std::array<char, 128> stored{};
    REQUIRE(argon2id_hash_encoded(4, 16384, 4, "correct horse", 13, "somesalt", 8, 32, stored.data(), stored.size()) ==
            ARGON2_OK);  // by four threads
    auto const own = cpu_time(CLOCK_THREAD_CPUTIME_ID);
    auto const all = cpu_time(CLOCK_PROCESS_CPUTIME_ID);
    CHECK(password::matches("correct horse", stored.data()));
    CHECK_FALSE(password::matches("correct horsf", stored.data()));
    CHECK(password::make_dummy(scheme).has_value());
    CHECK(cpu_time(CLOCK_THREAD_CPUTIME_ID) - own > 0.9 * (cpu_time(CLOCK_PROCESS_CPUTIME_ID) - all));
}

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)  // which take all the address space there is
TEST_CASE("a password that there is no memory to check is not a wrong one") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    REQUIRE(pages > 0);
    auto const held = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    rlimit const tight{.rlim_cur = held + 256 * 1024 * 1024, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &tight) == 0);
    auto const* const stored =
        "$argon2id$v=19$m=1048576,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    CHECK_THROWS_AS((void)password::matches("correct horse", stored), std::bad_alloc);
    REQUIRE(::setrlimit(RLIMIT_AS, &before) == 0);
}
#endif

TEST_CASE("hashes of other kinds, broken ones and monstrous ones are not supported and never match") {
    auto const bcrypt = *password::make_hash("correct horse", 4);
    auto const changed = [&](std::size_t at, char c) {
        auto copy = bcrypt;
        copy[at] = c;
        return copy;
    };
    for (auto const& stored : {
             std::string(),
             std::string("x"),
             std::string("*0"),
             std::string(bcrypt_setting),
             bcrypt + "x",
             bcrypt.substr(0, 59),
             changed(2, 'x'),
             changed(2, 'c'),
             changed(4, '1').replace(5, 1, "7"),
             changed(4, '3').replace(5, 1, "1"),
             changed(5, '3'),
             changed(10, '!'),
             changed(6, 'a'),
             std::string("$6$salt$hash"),
             std::string("$1$salt$hash"),
             std::string("$argon2i$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=16$m=1024,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=1048577,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=4294967296,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=1024,t=65,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=1024,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=1024,t=1,p=17$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=7,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=-1,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
             std::string("$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ"),
             std::string("$argon2id$v=19$m=1024,t=1,p=1"),
             std::string("$argon2id$v=19$m=1024,t=1,p=1$$"),
             "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$" + std::string(129, 'A'),
         }) {
        CAPTURE(stored);
        CHECK_FALSE(password::is_supported(stored));
        CHECK_FALSE(password::matches("correct horse", stored));
        CHECK(password::scheme_of(stored) == "");
    }
}

TEST_CASE("a password that cannot be set is refused in words") {
    CHECK_FALSE(password::problem_with("12345678"));
    CHECK_FALSE(password::problem_with(std::string(72, 'p')));
    CHECK(password::problem_with("1234567") == "a password has at least 8 bytes; this one has 7");
    CHECK(password::problem_with("") == "a password has at least 8 bytes; this one has 0");
    CHECK(password::problem_with(std::string(80, 'p')) ==
          "bcrypt uses the first 72 bytes of a password; this one has 80");
    CHECK(password::problem_with(std::string_view("12345678\0", 9)) == "a password cannot hold a NUL byte");
}

TEST_CASE("the scheme says what a check costs, and a dummy of it is supported") {
    CHECK(password::scheme_of(*password::make_hash("correct horse", 5)) == "$2b$05");
    CHECK(password::scheme_of(argon2_example()) == argon2_scheme);
    for (auto const* const scheme : {"$2a$04", "$2b$05", "$2y$04", argon2_scheme}) {
        auto const dummy = password::make_dummy(scheme);
        REQUIRE(dummy);
        CHECK(password::scheme_of(*dummy) == scheme);
    }
    for (auto const* const scheme :
         {"", "$2b$", "$2b$17", "$2x$05", "$6$", "$argon2id$v=19$m=1024,t=1,p=99", "$argon2i$v=19$m=1024,t=1,p=1"}) {
        CAPTURE(scheme);
        CHECK_FALSE(password::make_dummy(scheme));
    }
}

}  // namespace tollgate::password_test
