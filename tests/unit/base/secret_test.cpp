#include "base/secret.hpp"

#include "base/base64url.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace tollgate::secret_test {
using namespace std::literals;

namespace {

template <class T>
concept Printable = requires(std::ostream& out, T const& value) { out << value; };

}  // namespace

TEST_CASE("a secret is neither copied nor printed nor read by accident") {
    static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
    static_assert(!std::is_convertible_v<std::string, Secret>);
    static_assert(!std::is_convertible_v<Secret, std::string> && !std::is_convertible_v<Secret, std::string_view>);
    static_assert(!Printable<Secret>);
    static_assert(!std::equality_comparable<Secret>);
    Secret const secret("hunter2"s);
    CHECK(secret.reveal() == "hunter2");
    CHECK(secret.size() == 7);
    CHECK_FALSE(secret.empty());
    CHECK(Secret().empty());
}

TEST_CASE("a secret leaves nothing where it was taken from") {
    std::string text = "long enough to live in memory of its own";
    char const* const bytes = text.data();
    auto const size = text.size();
    Secret const secret(std::move(text));
    CHECK(secret.reveal() == "long enough to live in memory of its own");
    CHECK(text.empty());  // NOLINT(bugprone-use-after-move): that it is wiped is the promise
    REQUIRE(text.data() == bytes);
    CHECK(std::string_view(bytes, size) == std::string(size, '\0'));  // the memory is still the string's
}

TEST_CASE("a secret moves and leaves the other empty") {
    Secret first("abc"s);
    Secret second(std::move(first));
    CHECK(second.reveal() == "abc");
    CHECK(first.empty());  // NOLINT(bugprone-use-after-move)
    Secret third("older"s);
    third = std::move(second);
    CHECK(third.reveal() == "abc");
    CHECK(second.empty());  // NOLINT(bugprone-use-after-move)
    auto& self = third;
    third = std::move(self);
    CHECK(third.reveal() == "abc");
    auto const clone = third.clone();
    CHECK(clone.reveal() == "abc");
    CHECK(clone.reveal().data() != third.reveal().data());
}

TEST_CASE("texts are the same when every byte is") {
    CHECK(equal_in_constant_time("", ""));
    CHECK(equal_in_constant_time("a\0b"sv, "a\0b"sv));
    CHECK_FALSE(equal_in_constant_time("a\0b"sv, "a\0c"sv));
    CHECK_FALSE(equal_in_constant_time("abc", "abd"));
    CHECK_FALSE(equal_in_constant_time("abc", "ab"));
    CHECK_FALSE(equal_in_constant_time("", "a"));
    CHECK_FALSE(equal_in_constant_time("abc", "Abc"));
}

TEST_CASE("wiping overwrites and empties") {
    std::string text = "password";
    char const* const bytes = text.data();
    wipe(text);
    CHECK(text.empty());
    CHECK(std::string_view(bytes, 8) == std::string(8, '\0'));
}

TEST_CASE("random bytes are as many as asked for, and others each time") {
    CHECK(random_bytes(0).empty());
    CHECK(random_bytes(64).size() == 64);
    CHECK(random_bytes(32) != random_bytes(32));
}

TEST_CASE("a fresh key is 64 bytes in base64url") {
    auto const key = make_key_text();
    auto const bytes = base64url::decode(key.reveal());
    REQUIRE(bytes);
    CHECK(bytes->size() == 64);
    CHECK(key.size() == 86);
    CHECK(key.reveal() != make_key_text().reveal());
}

}  // namespace tollgate::secret_test
