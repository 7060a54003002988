#include "auth/keyring.hpp"

#include "support/signed_token.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

namespace tollgate::keyring_test {
using namespace tollgate::auth;
using tollgate::testing::hmac_text;
using tollgate::testing::test_key;

TEST_CASE("a signature of the same key over the same text is good") {
    CHECK(Keyring(Algorithm::hs256, test_key).check("a.b", hmac_text(test_key, "a.b", EVP_sha256())));
    CHECK(Keyring(Algorithm::hs384, test_key).check("a.b", hmac_text(test_key, "a.b", EVP_sha384())));
    CHECK(Keyring(Algorithm::hs512, test_key).check("a.b", hmac_text(test_key, "a.b", EVP_sha512())));
}

TEST_CASE("the example of RFC 7515, appendix A.1 is good") {
    auto const key =
        base64url::decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    REQUIRE(key);
    CHECK(Keyring(Algorithm::hs256, *key)
              .check("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                     "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
                     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
}

TEST_CASE("a key of any length signs as OpenSSL's HMAC does, a text of any length") {
    struct Row {
        Algorithm algorithm;
        EVP_MD const* digest;
    };
    for (auto const& row : {Row{Algorithm::hs256, EVP_sha256()}, Row{Algorithm::hs384, EVP_sha384()},
                            Row{Algorithm::hs512, EVP_sha512()}}) {
        for (std::size_t const key_size : {1U, 32U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U}) {
            std::string key;
            while (key.size() < key_size) key += static_cast<char>(key.size() * 37 + 200);
            Keyring const keyring(row.algorithm, key);
            for (std::size_t size = 0; size < 300; size += size < 130 ? 1 : 17) {
                std::string const text(size, 'x');
                CAPTURE(name_of(row.algorithm));
                CAPTURE(key_size);
                CAPTURE(size);
                REQUIRE(keyring.check(text, hmac_text(key, text, row.digest)));
                key.back() = static_cast<char>(key.back() ^ 1);
                REQUIRE(keyring.check(text, hmac_text(key, text, row.digest)).error() == errc::bad_signature);
                key.back() = static_cast<char>(key.back() ^ 1);
            }
        }
    }
}

TEST_CASE("any other signature is refused") {
    Keyring const keyring(Algorithm::hs256, test_key);
    auto const right = hmac_text(test_key, "a.b");
    CHECK(keyring.check("a.c", right).error() == errc::bad_signature);
    CHECK(keyring.check("a.b", hmac_text("another key", "a.b")).error() == errc::bad_signature);
    CHECK(keyring.check("a.b", hmac_text(test_key, "a.b", EVP_sha384())).error() == errc::bad_signature);
    CHECK(keyring.check("a.b", base64url::encode(base64url::decode(right)->substr(0, 31))).error() ==
          errc::bad_signature);
    CHECK(keyring.check("a.b", base64url::encode("")).error() == errc::bad_signature);
}

TEST_CASE("a signature that is no strict base64url is refused, however it decodes elsewhere") {
    Keyring const keyring(Algorithm::hs256, test_key);
    auto const right = hmac_text(test_key, "a.b");
    CHECK(keyring.check("a.b", right + "=").error() == errc::bad_token);
    CHECK(keyring.check("a.b", right + "\n").error() == errc::bad_token);
    CHECK(keyring.check("a.b", std::string(2000, 'A')).error() == errc::bad_token);
    // 43 characters hold 258 bits: two are spare, and must be zero.
    auto spare = right;
    spare.back() = static_cast<char>(spare.back() + 1);
    CHECK(keyring.check("a.b", spare).error() == errc::bad_token);
}

TEST_CASE("a check leaves nothing behind for the next one") {
    Keyring const keyring(Algorithm::hs256, test_key);
    Keyring const other(Algorithm::hs256, "another key");
    for (std::size_t const length : {1U, 64U, 1000U, 0U, 63U, 5U}) {
        std::string const text(length, 'x');
        auto const right = hmac_text(test_key, text);
        CAPTURE(length);
        CHECK(keyring.check(text, right));
        CHECK(keyring.check(text + "y", right).error() == errc::bad_signature);
        CHECK(other.check(text, right).error() == errc::bad_signature);
        CHECK(keyring.check(text, "!").error() == errc::bad_token);
        CHECK(keyring.check(text, right));
        CHECK(other.check(text, hmac_text("another key", text)));
    }
}

TEST_CASE("one keyring is asked by several threads at once") {
    Keyring const keyring(Algorithm::hs256, test_key);
    auto const right = hmac_text(test_key, "a.b");
    auto const ask = [&](bool& all_good) {
        for (int i = 0; i < 500; ++i)
            all_good = all_good && keyring.check("a.b", right) && !keyring.check("a.x", right);
    };
    bool first = true;
    bool second = true;
    std::thread other([&] { ask(first); });
    ask(second);
    other.join();
    CHECK(first);
    CHECK(second);
}

}  // namespace tollgate::keyring_test
