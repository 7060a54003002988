#include "base/reserved_fields.hpp"
#include "settings/settings.hpp"
#include "unit/settings/support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace tollgate::set_headers_test {
using namespace tollgate::settings;
using namespace tollgate::settings::testing;

namespace {

// What is said about a route that sets `name`; empty when it may.
std::string refusal(std::string const& name) {
    auto const text =
        "listen: 127.0.0.1:8080\nupstreams: {ai: http://ai}\nroutes:\n  - {path: /, upstream: ai, set_headers: {'" +
        name + "': a}}\n";
    auto const result = load_text(text, "t.yaml", environment_of({}));
    return result ? std::string() : lines(result.error());
}

}  // namespace

TEST_CASE("no field that means something to the gateway itself can be set, with underscores neither") {
    for (auto const& field : reserved_fields) {
        CAPTURE(field.name);
        std::string name(field.name);
        CHECK(refusal(name).contains("`" + name + "` cannot be set: "));
        std::ranges::replace(name, '-', '_');
        CHECK(refusal(name).contains("`" + name + "` cannot be set: "));
    }
    for (auto const* const name : {"X-User-Id", "x_user_anything", "X-Forwarded", "X_Forwarded_Port"}) {
        CAPTURE(name);
        CHECK(refusal(name).contains("cannot be set: "));
    }
}

TEST_CASE("a refusal says why the field is not the operator's") {
    CHECK(refusal("Host").contains("`host: upstream` of the upstream"));
    CHECK(refusal("TE").contains("it belongs to the connection"));
    CHECK(refusal("Content_Length").contains("it belongs to the connection"));
    CHECK(refusal("X-User-Email").contains("X-User-* says who the user is"));
    CHECK(refusal("Via").contains("the gateway decides it"));
    CHECK(refusal("X-Request-Id").contains("the gateway decides it"));
    CHECK(refusal("X Team").contains("is not the name of a header"));
}

TEST_CASE("every other header can be set") {
    for (auto const* const name : {"Authorization", "X-Team", "X-User", "X-Real-IP-2", "Cookie", "x_api_key"}) {
        CAPTURE(name);
        CHECK(refusal(name) == "");
    }
}

}  // namespace tollgate::set_headers_test
