#include "auth/authorization.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace tollgate::authorization_test {
using namespace tollgate::auth;
using namespace std::literals;

namespace {

Result<std::string_view> token(std::initializer_list<std::string_view> values) {
    http::FieldList fields;
    fields.append(http::FieldName::accept, "Accept", "Bearer x");
    for (auto const value : values) fields.append(http::FieldName::authorization, "authorization", value);
    auto const sent = bearer_token(fields);
    return sent && !is_b64token(*sent) ? failure(errc::bad_token) : sent;
}

}  // namespace

TEST_CASE("a bearer token is what follows the scheme, in any case, and one space") {
    CHECK(token({"Bearer aB0-._~+/=="}).value() == "aB0-._~+/==");
    CHECK(token({"bearer x"}).value() == "x");
    CHECK(token({"BEARER x.y.z"}).value() == "x.y.z");
}

TEST_CASE("no field, or another scheme, is no token") {
    CHECK(token({}).error() == errc::no_token);
    for (auto const* const value : {"", "Basic dXNlcjpwYXNz", "Token x", "Bearerx", "Bearer, x", "x", "DPoP x"}) {
        CAPTURE(value);
        CHECK(token({value}).error() == errc::no_token);
    }
}

TEST_CASE("a bearer field that is not exactly right is a bad token") {
    for (auto const* const value :
         {"Bearer", "Bearer ", "Bearer  x", "Bearer\tx", "Bearer x ", "Bearer x y", "Bearer x,y",
          "Bearer =", "Bearer =x", "Bearer x=y", "Bearer \"x\"", "Bearer x\xc3\xa9", "Bearer x\x01"}) {
        CAPTURE(value);
        CHECK(token({value}).error() == errc::bad_token);
    }
}

TEST_CASE("a token holds letters, digits and six marks, wherever the byte stands") {
    auto const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"sv;
    for (int byte = 0; byte < 256; ++byte) {
        for (std::size_t const at : {0U, 15U, 16U, 39U}) {
            CAPTURE(byte);
            CAPTURE(at);
            std::string text(40, 'a');
            text[at] = static_cast<char>(byte);
            bool const padding = text[at] == '=' && at == 39;
            CHECK(token({"Bearer " + text}).has_value() == (allowed.contains(text[at]) || padding));
        }
    }
}

TEST_CASE("more than one field is a bad token, even when they are the same") {
    CHECK(token({"Bearer x", "Bearer x"}).error() == errc::bad_token);
    CHECK(token({"Basic x", "Bearer x"}).error() == errc::bad_token);
    CHECK(token({"Bearer x", "Basic x"}).error() == errc::bad_token);
}

}  // namespace tollgate::authorization_test
