#include "base/reserved_fields.hpp"

#include "base/characters.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace tollgate::reserved_fields_test {
using namespace std::literals;

namespace {

// "content-length" -> "CONTENT_LENGTH"
std::string shouted(std::string_view name) {
    std::string text(name);
    std::ranges::transform(text, text.begin(), [](char c) {
        if (c == '-') return '_';
        return is_letter(c) ? static_cast<char>(c - 32) : c;
    });
    return text;
}

}  // namespace

TEST_CASE("every reserved field has its role, however it is written") {
    for (auto const& field : reserved_fields) {
        CAPTURE(field.name);
        CHECK(lowered(field.name) == field.name);
        CHECK(is_token(field.name));
        CHECK(std::ranges::count(reserved_fields, field.name, &ReservedField::name) == 1);
        CHECK(role_of(field.name) == field.role);
        CHECK(role_of(shouted(field.name)) == field.role);
        CHECK(role_of(std::string(field.name) + "-2") == FieldRole::ordinary);
    }
}

TEST_CASE("what a field is can be told from its name, or from how the name begins") {
    std::pair<std::string_view, FieldRole> const rows[] = {
        {"X-User-Id", FieldRole::identity},
        {"x-user-id", FieldRole::identity},
        {"X_User_Id", FieldRole::identity},
        {"X-User_Id", FieldRole::identity},
        {"X.User.Id", FieldRole::identity},
        {"X!User!Id", FieldRole::identity},
        {"x~user|email", FieldRole::identity},
        {"X.User", FieldRole::ordinary},
        {"X-USER-EMAIL", FieldRole::identity},
        {"X-User-", FieldRole::identity},
        {"x_user_", FieldRole::identity},
        {"X-User-Anything", FieldRole::identity},
        {"X-User", FieldRole::ordinary},
        {"X-Username", FieldRole::ordinary},
        {"User-Agent", FieldRole::ordinary},
        {"XX-User-Id", FieldRole::ordinary},
        {"X-Forwarded-For", FieldRole::forwarding},
        {"x_forwarded_proto", FieldRole::forwarding},
        {"X-Forwarded", FieldRole::forwarding},
        {"X-Forwarded-Port", FieldRole::forwarding},
        {"X-Real-IP", FieldRole::forwarding},
        {"x-real_ip", FieldRole::forwarding},
        {"X.Forwarded.For", FieldRole::forwarding},
        {"X+Real+IP", FieldRole::forwarding},
        {"Forwarded", FieldRole::forwarding},
        {"Via", FieldRole::forwarding},
        {"X-Forward", FieldRole::ordinary},
        {"X-Real-IP-2", FieldRole::ordinary},
        {"Forwarded-For", FieldRole::ordinary},
        {"Via-X", FieldRole::ordinary},
        {"X-Request-Id", FieldRole::ours},
        {"Host", FieldRole::routing},
        {"Expect", FieldRole::framing},
        {"Content-Length", FieldRole::framing},
        {"Content.Length", FieldRole::framing},
        {"Transfer-Encoding", FieldRole::hop_by_hop},
        {"Authorization", FieldRole::ordinary},
        {"Accept", FieldRole::ordinary},
        {"", FieldRole::ordinary},
    };
    for (auto const& [name, role] : rows) {
        CAPTURE(name);
        CHECK(role_of(name) == role);
        CHECK(is_identity_name(name) == (role == FieldRole::identity));
        CHECK(is_forwarding_name(name) == (role == FieldRole::forwarding));
    }
}

TEST_CASE("the quick questions answer as the list does") {
    for (auto const& field : reserved_fields) {
        CAPTURE(field.name);
        CHECK(is_identity_name(field.name) == (field.role == FieldRole::identity));
        CHECK(is_forwarding_name(shouted(field.name)) == (field.role == FieldRole::forwarding));
    }
}

TEST_CASE("names are one when case and punctuation alone set them apart") {
    CHECK(equal_folded("X_Tenant-id", "x-tenant_ID"));
    CHECK_FALSE(equal_folded("X-Tenant", "X-Tenant-"));
    CHECK_FALSE(equal_folded("X-Tenant", "XTenant"));
    for (char const c : "!#$%&'*+-.^_`|~"sv) {
        CAPTURE(c);
        CHECK(equal_folded("X-Tenant-1", "x"s + c + "TENANT"s + c + "1"s));
    }
    CHECK_FALSE(equal_folded("a-b", "a\rb"));
    CHECK_FALSE(equal_folded("a-b", "a b"));
    CHECK(folded("X_Tenant.ID") == "x-tenant-id");
    CHECK(folded("").empty());
    CHECK(is_plain_name("X-Tenant-1"));
    CHECK_FALSE(is_plain_name("X_Tenant"));
    CHECK_FALSE(is_plain_name("X.Tenant"));
}

}  // namespace tollgate::reserved_fields_test
