#include "cors/cors_settings.hpp"

#include "settings/document.hpp"
#include "support/documented_block.hpp"
#include "support/settings_block.hpp"

#include <doctest/doctest.h>
#include <boost/json.hpp>

#include <memory>
#include <string>
#include <tuple>

namespace tollgate::cors_settings_test {
using namespace tollgate::cors;
using namespace std::chrono_literals;

namespace {

auto read(std::string const& yaml) { return testing::read_block(yaml, read_cors_settings); }

auto tied(CorsSettings const& s) {
    return std::tie(s.every_origin, s.origins, s.credentials, s.expose, s.headers, s.max_age);
}

}  // namespace

TEST_CASE("a block that says nothing allows no origin") {
    auto const reading = read("{}");
    CHECK(reading.errors() == "");
    CHECK(tied(reading.settings) == tied(CorsSettings{}));
    CHECK_FALSE(reading.settings.every_origin);
    CHECK(reading.settings.origins.empty());
    CHECK(reading.settings.credentials == Credentials::omitted);
}

TEST_CASE("by default a browser may send what the clients of OpenAI and Anthropic send") {
    RequestHeaders const headers = CorsSettings{}.headers;
    CHECK(headers.allow(
        "accept,authorization,content-type,idempotency-key,openai-beta,openai-organization,openai-project,user-agent,"
        "x-stainless-arch,x-stainless-helper-method,x-stainless-lang,x-stainless-os,x-stainless-package-version,"
        "x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout"));
    CHECK(headers.allow("anthropic-beta,anthropic-dangerous-direct-browser-access,anthropic-version"));
    CHECK(headers.allow("last-event-id,x-request-id"));
    CHECK_FALSE(headers.allow("x-user-id"));
    CHECK_FALSE(headers.allow("x-api-key"));
}

TEST_CASE("every key is read") {
    auto const reading = read(R"(
origins: [https://app.example, "http://localhost:3000"]
credentials: true
expose: [X-One]
headers: [Authorization, X-Two-*]
max_age: 1h
)");
    CHECK(reading.errors() == "");
    auto const& settings = reading.settings;
    CHECK(settings.origins == decltype(settings.origins){"https://app.example", "http://localhost:3000"});
    CHECK(settings.credentials == Credentials::included);
    CHECK(settings.expose == std::vector<std::string>{"X-One"});
    CHECK(settings.headers.allow("authorization,x-two-three"));
    CHECK_FALSE(settings.headers.allow("content-type"));
    CHECK(settings.max_age == 3600s);
}

TEST_CASE("a star alone is every origin, and empty lists are empty") {
    for (auto const* const yaml : {"origins: '*'", "origins: ['*']"}) {
        auto const reading = read(yaml);
        CHECK(reading.errors() == "");
        CHECK(reading.settings.every_origin);
        CHECK(reading.settings.origins.empty());
    }
    auto const reading = read("{expose: [], headers: [], max_age: 0s}");
    CHECK(reading.errors() == "");
    CHECK(reading.settings.expose.empty());
    CHECK(reading.settings.headers == RequestHeaders());
    CHECK(reading.settings.max_age == 0s);
    CHECK(read("headers: all").settings.headers.allow("x-anything"));
}

TEST_CASE("what is wrong is said with its position, and what would be right") {
    struct Row {
        std::string yaml;
        std::string error;
    };
    std::string const stands_alone =
        " is no origin: `*` stands alone, for every origin there is; write each one, such as https://app.example\n";
    for (auto const& [yaml, error] : {
             Row{"origins: [https://a.example, https://b.example/]",
                 "1:30: write `https://b.example`: browsers send scheme and host in lower case, without path, slash "
                 "at the end or default port\n"},
             Row{"origins: ['*', https://a.example]", "1:11: `*`" + stands_alone},
             Row{"origins: ['*', '*']", "1:11: `*`" + stands_alone + "1:16: `*`" + stands_alone},
             Row{"origins: {a: b}", "1:10: expected a value or a list of values, found a map\n"},
             Row{"{origins: '*', credentials: true}",
                 "1:29: with `credentials` every origin must be named: browsers refuse `*`, and any page could use "
                 "the user's cookies\n"},
             Row{"credentials: on", "1:14: expected `true` or `false`, found `on`\n"},
             Row{"expose: ['*']", "1:10: `*` is no header: write each name, such as Retry-After\n"},
             Row{"expose: [a b]", "1:10: `a b` is no header: write each name, such as Retry-After\n"},
             Row{"headers: '*'", "1:10: write `all` for every header\n"},
             Row{"max_age: 2d",
                 "1:10: expected a duration of at most 1d (such as 250ms, 30s, 5m, 1h, 7d), found `2d`\n"},
             Row{"methods: [GET]", "1:1: unknown key `methods`\n"},
         }) {
        CAPTURE(yaml);
        CHECK(read(yaml).errors() == error);
    }
}

TEST_CASE("config/tollgate.yaml shows every key of the block with its default, and the schema has them") {
    auto const reading = read(testing::documented_block("cors"));
    CHECK(reading.errors() == "");
    CHECK(tied(reading.settings) == tied(CorsSettings{}));
    std::ifstream stream(std::string(TOLLGATE_SOURCE_DIR) + "/config/tollgate.schema.json");
    auto const schema = boost::json::parse(std::string(std::istreambuf_iterator<char>(stream), {}));
    auto const& block = schema.at_pointer("/properties/plugins/properties/cors/properties").as_object();
    auto const asked = reading.document->keys_asked();
    CHECK(asked.size() == block.size());
    for (auto const& [key, present] : asked) {
        CAPTURE(key);
        CHECK(present);
        CHECK(block.contains(key));
    }
}

}  // namespace tollgate::cors_settings_test
