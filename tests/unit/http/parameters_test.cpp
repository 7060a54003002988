#include "http/parameters.hpp"

#include <doctest/doctest.h>

namespace tollgate::parameters_test {
using namespace tollgate::http;
using namespace std::literals;

TEST_CASE("parameters are taken one by one") {
    auto rest = R"( ; charset=utf-8;Boundary="a b;\"c\\" ;x=y)"sv;
    auto const first = take_parameter(rest);
    REQUIRE(first);
    CHECK(first->name == "charset");
    CHECK(first->value == "utf-8");
    auto const second = take_parameter(rest);
    REQUIRE(second);
    CHECK(second->name == "Boundary");
    CHECK(second->value == R"(a b;"c\)");
    auto const third = take_parameter(rest);
    REQUIRE(third);
    CHECK(third->value == "y");
    CHECK(rest.empty());
    CHECK_FALSE(take_parameter(rest));
}

TEST_CASE("a malformed parameter is refused") {
    for (auto const text : {""sv, ";"sv, "a=b"sv, ";a"sv, ";=b"sv, ";a="sv, ";a =b"sv, ";a= b"sv, ";a=\"b"sv,
                            ";a=\"b\\"sv, ";a=\"\\\""sv, ";a=\"b\nc\""sv, ";a=\"b\\\rc\""sv, ";;a=b"sv}) {
        CAPTURE(text);
        auto rest = text;
        CHECK_FALSE(take_parameter(rest));
    }
    auto empty_value = ";a=\"\""sv;
    auto const parameter = take_parameter(empty_value);
    REQUIRE(parameter);
    CHECK(parameter->value.empty());
}

}  // namespace tollgate::parameters_test
