#include "http/preflight.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

namespace tollgate::preflight_test {
using namespace tollgate::http;

namespace {

RequestHead asked(std::string_view method, std::vector<std::string_view> const& origins,
                  std::vector<std::string_view> const& methods) {
    RequestHead head{.method = method, .target = "/"};
    for (auto const origin : origins) head.fields.append(FieldName::origin, "Origin", origin);
    for (auto const wanted : methods)
        head.fields.append(FieldName::access_control_request_method, "Access-Control-Request-Method", wanted);
    return head;
}

}  // namespace

TEST_CASE("a preflight is OPTIONS from one origin for one method") {
    CHECK(preflight_method(asked("OPTIONS", {"https://a.example"}, {"POST"})) == "POST");
    CHECK_FALSE(preflight_method(asked("POST", {"https://a.example"}, {"POST"})));
    CHECK_FALSE(preflight_method(asked("options", {"https://a.example"}, {"POST"})));
    CHECK_FALSE(preflight_method(asked("OPTIONS", {}, {"POST"})));
    CHECK_FALSE(preflight_method(asked("OPTIONS", {"https://a.example", "https://b.example"}, {"POST"})));
    CHECK_FALSE(preflight_method(asked("OPTIONS", {"https://a.example"}, {})));
    CHECK_FALSE(preflight_method(asked("OPTIONS", {"https://a.example"}, {"POST", "PUT"})));
    CHECK(preflight_method(asked("OPTIONS", {"https://a.example"}, {""})) == "");
}

}  // namespace tollgate::preflight_test
