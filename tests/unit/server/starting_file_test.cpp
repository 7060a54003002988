#include "server/starting_file.hpp"

#include "settings/env.hpp"
#include "settings/settings.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace tollgate::starting_file_test {
using namespace tollgate::server;

namespace {

settings::Loaded loaded(std::string const& text) {
    settings::Environment const environment(
        [](std::string const& name) {
            return name == "JWT_SECRET" ? std::optional<std::string>("a-secret") : std::nullopt;
        },
        {});
    auto read = settings::load_text(text, "tollgate.yaml", environment);
    if (!read) FAIL(read.error().front().line());
    return std::move(*read);
}

}  // namespace

TEST_CASE("the starting file is what a person would write") {
    std::vector<Operation> const operations{{"GET", "/"}, {"POST", "/generate"}, {"GET", "/items/{id}"}};
    CHECK(starting_file("http://127.0.0.1:8000", "sqlite:///srv/users.db", operations) ==
          R"(# Tollgate in front of http://127.0.0.1:8000: what no route names here is not forwarded (404).
# A route needs a valid token unless it says `protected: false`. See `tollgate routes`, and `tollgate explain POST /path`.
# The secret stands in .env beside this file; `tollgate check` finds mistakes in either.
listen: 127.0.0.1:8080
metrics: 127.0.0.1:9090
upstreams:
  ai: 'http://127.0.0.1:8000'
routes:
  - {path: /, methods: [GET], upstream: ai}
  - {path: /generate, methods: [POST], upstream: ai}
  - {path: '/items/{id}', methods: [GET], upstream: ai}
plugins:
  auth:
    tokens: {secret: "${JWT_SECRET}", algorithm: "${JWT_ALGORITHM:-HS256}", lifetime: "${ACCESS_TOKEN_MINUTES:-30}m"}
    users: {store: 'sqlite:///srv/users.db'}
)");
}

TEST_CASE("the settings read the starting file as it was meant") {
    std::vector<Operation> const operations{
        {"POST", "/a:b@c+d=e,f;g(h)"}, {"GET", "/%C3%A9/{x}"}, {"GET", "/"}, {"POST", "/"}, {"PUT", "/null"}};
    auto const read = loaded(starting_file("http://ai:8000/v1", "sqlite:///o'brien's/users.db", operations));
    auto const& settings = read.settings;
    REQUIRE(settings.routes.size() == operations.size());
    for (std::size_t i = 0; i < operations.size(); ++i) {
        CAPTURE(i);
        CHECK(settings.routes[i].path == operations[i].path);
        CHECK(settings.routes[i].methods == std::vector{operations[i].method});
        CHECK(settings.routes[i].upstream == "ai");
        CHECK(settings.routes[i].access == Access::guarded);  // GET / alone
    }
    REQUIRE(settings.upstreams.size() == 1);
    CHECK(settings.upstreams[0].servers[0].host == "ai");
    CHECK(settings.upstreams[0].servers[0].port == 8000);
    CHECK(settings.upstreams[0].base_path == "/v1");
    REQUIRE(settings.plugins.size() == 1);
    CHECK(settings.plugins[0].first == "auth");
    CHECK(settings.plugins[0].second["users"]["store"].text() == "sqlite:///o'brien's/users.db");
    CHECK(settings.plugins[0].second["tokens"]["lifetime"].text() == "30m");
}

TEST_CASE("a URL is read as the settings read it") {
    CHECK(loaded(upstream_only("http://[::1]:9000/x/")).settings.upstreams[0].servers[0].authority() == "[::1]:9000");
    settings::Environment const nothing([](std::string const&) { return std::nullopt; }, {});
    for (std::string const url : {"127.0.0.1:8000", "ftp://x", "http://", "http://a'b", "http://u:p@h"}) {
        CAPTURE(url);
        CHECK_FALSE(settings::load_text(upstream_only(url), "--upstream", nothing));
    }
}

}  // namespace tollgate::starting_file_test
