#include "proxy/stream_wish.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tollgate::stream_wish_test {
namespace {

bool wishes(std::string_view content_type, std::string_view body) {
    http::FieldList fields;
    fields.append(http::FieldName::content_type, "Content-Type", content_type);
    return proxy::asks_for_stream(fields, body);
}

std::string json_of(std::size_t bytes) {
    std::string const front = R"({"stream":true,"prompt":")";
    return front + std::string(bytes - front.size() - 2, 'x') + "\"}";
}

}  // namespace

TEST_CASE("a JSON object with `stream`: true asks for a stream") {
    CHECK(wishes("application/json", R"({"stream":true})"));
    CHECK(wishes("Application/JSON; charset=utf-8", R"( {"model": "m", "stream" : true, "messages": [{}]} )"));
    CHECK(wishes("application/json", R"({"str\u0065am":true})"));
    CHECK(wishes("application/json", json_of(64 * 1024)));
}

TEST_CASE("whatever else is sent asks for none") {
    for (auto const* const body :
         {"", "{}", R"({"stream":false})", R"({"stream":"true"})", R"({"stream":1})", R"({"stream":null})",
          R"({"stream":[true]})", R"({"options":{"stream":true}})", R"([{"stream":true}])", R"({"Stream":true})",
          R"({"stream":true,"stream":true})", R"({"stream":true,"stream":false})", R"({"stream":true)",
          R"({"stream":true} {})", "{\"stream\":true,\"a\":\"\xff\"}", "true"}) {
        CAPTURE(body);
        CHECK_FALSE(wishes("application/json", body));
    }
    for (auto const* const type : {"", "text/plain", "application/json5", "application/x-ndjson", "text/json"}) {
        CAPTURE(type);
        CHECK_FALSE(wishes(type, R"({"stream":true})"));
    }
    CHECK_FALSE(wishes("application/json", json_of(64 * 1024 + 1)));
    http::FieldList fields;
    CHECK_FALSE(proxy::asks_for_stream(fields, R"({"stream":true})"));
    fields.append(http::FieldName::content_type, "Content-Type", "application/json");
    fields.append(http::FieldName::content_type, "Content-Type", "application/json");
    CHECK_FALSE(proxy::asks_for_stream(fields, R"({"stream":true})"));
}

}  // namespace tollgate::stream_wish_test
