#include "limit/limit_settings.hpp"

#include "settings/document.hpp"
#include "support/documented_block.hpp"
#include "support/settings_block.hpp"

#include <doctest/doctest.h>
#include <boost/json.hpp>

#include <memory>
#include <string>

namespace tollgate::limit_settings_test {
using namespace tollgate::limit;
using namespace std::chrono_literals;

namespace {

auto read(std::string const& yaml) { return testing::read_block(yaml, read_limit_settings); }

}  // namespace

TEST_CASE("a block that says nothing limits nothing") {
    auto const reading = read("{}");
    CHECK(reading.errors() == "");
    CHECK_FALSE(reading.settings.general.limits_anything());
    CHECK(reading.settings.mode == Mode::enforce);
    CHECK(reading.settings.routes.empty());
}

TEST_CASE("every key is read, and a route takes what it leaves out from the whole") {
    auto const reading = read(R"(
requests: 60/1m
concurrent: 4
mode: shadow
routes:
  /generate: {requests: 10/1m, concurrent: 2}
  /v1/models/{id}: {requests: none}
  /files/*: {concurrent: none}
  /plain:
)");
    CHECK(reading.errors() == "");
    auto const& settings = reading.settings;
    Quota const general{RequestRate{60, 1min}, 4};
    CHECK(settings.mode == Mode::shadow);
    CHECK(settings.general == general);
    CHECK(settings.quota_of("/generate") == Quota{RequestRate{10, 1min}, 2});
    CHECK(settings.quota_of("/v1/models/{id}") == Quota{{}, 4});
    CHECK(settings.quota_of("/files/*") == Quota{RequestRate{60, 1min}, {}});
    CHECK(settings.quota_of("/plain") == general);
    CHECK(settings.quota_of("/other") == general);
}

TEST_CASE("what is wrong is said with its position, and what would be right") {
    struct Row {
        std::string yaml;
        std::string error;
    };
    std::string const rate =
        "expected `none` or a count and the time it is for, at most 1000000000 and one day (such as 60/1m, 5/10s, "
        "1000/1d), found ";
    std::string const count = "expected `none` or a whole number from 1 to 1000000, found ";
    for (auto const& [yaml, error] : {
             Row{"requests: 60", "1:11: " + rate + "`60`\n"},
             Row{"requests: 60/2d", "1:11: " + rate + "`60/2d`\n"},
             Row{"requests: [60/1m]", "1:11: expected a single value, found a list\n"},
             Row{"concurrent: 0", "1:13: " + count + "`0`\n"},
             Row{"concurrent: 1000001", "1:13: " + count + "`1000001`\n"},
             Row{"concurrent: 2x", "1:13: " + count + "`2x`\n"},
             Row{"concurrent: {}", "1:13: expected a single value, found a map\n"},
             Row{"mode: off", "1:7: expected `enforce` or `shadow`, found `off`\n"},
             Row{"routes: [/a]", "1:9: expected a map, found a list\n"},
             Row{"routes: {/a: 60/1m}", "1:14: expected a map, found a single value\n"},
             Row{"routes: {/a: {rate: 1/1s}}", "1:15: unknown key `rate`\n"},
             Row{"routes: {generate: {concurrent: 1}}", "1:20: `generate` is no route: a path begins with `/`\n"},
             Row{"routes: {\"/a?b\": {}}",
                 "1:18: `/a?b` is no route: `?` cannot stand in a path: a route matches no query\n"},
         }) {
        CAPTURE(yaml);
        CHECK(read(yaml).errors() == error);
    }
}

TEST_CASE("config/tollgate.yaml shows every key of the block with its default, and the schema has them") {
    auto const reading = read(testing::documented_block("limit"));
    CHECK(reading.errors() == "");
    CHECK(reading.settings.general == Quota{});
    CHECK(reading.settings.mode == Mode::enforce);
    CHECK(reading.settings.routes.empty());
    auto const file = std::string(TOLLGATE_SOURCE_DIR) + "/config/tollgate.schema.json";
    std::ifstream stream(file);
    auto const schema = boost::json::parse(std::string(std::istreambuf_iterator<char>(stream), {}));
    auto const& block = schema.at_pointer("/properties/plugins/properties/limit/properties").as_object();
    auto const& route =
        schema.at_pointer("/properties/plugins/properties/limit/properties/routes/additionalProperties/properties")
            .as_object();
    auto const asked = reading.document->keys_asked();
    CHECK(asked.size() == block.size());
    for (auto const& [key, present] : asked) {
        CAPTURE(key);
        CHECK(present);
        CHECK(block.contains(key));
    }
    CHECK(route.size() == 2);
    CHECK(route.contains("requests"));
    CHECK(route.contains("concurrent"));
}

}  // namespace tollgate::limit_settings_test
