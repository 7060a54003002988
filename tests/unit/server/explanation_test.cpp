#include "server/explanation.hpp"

#include "server/routes_table.hpp"
#include "unit/server/generation_from.hpp"

#include <string>

namespace tollgate::explanation_test {
using namespace tollgate::server;
using tollgate::testing::MadeGeneration;

namespace {

constexpr char const* text = R"(listen: 127.0.0.1:8080
identity: {email: true}
upstreams:
  ai: http://127.0.0.1:8000
  openai: {url: "http://openai:80/v1", host: upstream}
routes:
  - {path: /, methods: [GET], upstream: ai, protected: false}
  - {path: /generate, methods: [POST], upstream: ai}
  - {path: "/items/{id}", upstream: ai}
  - {path: /items/*, upstream: ai}
  - {path: /x, host: api.example.com, upstream: ai}
  - path: /ai/*
    upstream: openai
    strip_prefix: /ai
    set_headers: {Authorization: "Bearer ${API_KEY}", X-Team: blue}
plugins:
  gate: {}
)";

std::string explained(std::string_view method, std::string_view target, std::string_view host = {}) {
    MadeGeneration const made(text);
    return explanation(*made.generation, {method, target, host});
}

bool has(std::string const& all, std::string_view part) { return all.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a protected route is explained in full") {
    CHECK(explained("POST", "/generate?n=1", "shop.example.com") ==
          R"(request   POST /generate?n=1
host      shop.example.com
route     POST /generate (tollgate.yaml:8:5)
why       its path is this one
access    protected: 401 without an identity, and nothing is sent upstream
plugins   gate: request, finish
upstream  ai http://127.0.0.1:8000
sent      for a client at 203.0.113.7 signed in as user 1, besides its other headers:
          POST /generate?n=1 HTTP/1.1
          Host: shop.example.com
          X-Forwarded-For: 203.0.113.7
          X-Forwarded-Proto: http
          X-Forwarded-Host: shop.example.com
          Forwarded: for=203.0.113.7;host="shop.example.com";proto=http
          Via: 1.1 tollgate
          X-Request-Id: (the client's, or a fresh one)
          X-User-Id: 1
          X-User-Email: user@example.com
removed   Authorization, Connection, Keep-Alive, Proxy-Authorization, TE, X-Real-IP (and every X-User-*, and what Connection names)
replaced  X-User-Id, X-User-Email, X-Forwarded-For, Forwarded, Via
)");
}

TEST_CASE("an open route keeps the client's Authorization and gets no identity") {
    auto const said = explained("GET", "/");
    CHECK(has(said, "access    PUBLIC: anybody\n"));
    CHECK(has(said, "Host: (the client's)\n"));
    CHECK(has(said, "Authorization: Bearer of-the-client\n"));
    CHECK_FALSE(has(said, "X-User-Id: "));
    CHECK(has(said,
              "removed   Connection, Keep-Alive, Proxy-Authorization, TE, X-User-Id, X-User-Email, X-Real-IP (and"));
}

TEST_CASE("what a route sets is shown without its secret, and a prefix is stripped") {
    auto const said = explained("GET", "/ai/models?x");
    CHECK(has(said, "upstream  openai http://openai/v1\n"));
    CHECK(has(said, "          GET /v1/models?x HTTP/1.1\n          Host: openai\n"));
    CHECK(has(said, "Authorization: Bearer ${API_KEY}\n"));
    CHECK(has(said, "X-Team: blue\n"));
    CHECK(has(said, "replaced  Authorization, "));
    CHECK_FALSE(has(said, "sk-real"));
}

TEST_CASE("the path is shown as it was normalised") {
    auto const said = explained("POST", "/gener%61te");
    CHECK(has(said, "request   POST /generate\n"));
    CHECK(has(said, "route     POST /generate ("));
}

TEST_CASE("less specific routes that match too are named") {
    auto const said = explained("GET", "/items/7");
    CHECK(has(said, "route     any /items/{id} (tollgate.yaml:9:5)\n"));
    CHECK(has(said,
              "why       each {name} in its path stands for one segment\n"
              "          any /items/* (tollgate.yaml:10:5): matches too, but is less specific\n"));
    CHECK(has(explained("GET", "/items/7/8"), "why       its path matches everything below /items/\n"));
}

TEST_CASE("an endpoint of a plugin sends nothing upstream") {
    auto const said = explained("POST", "/login");
    CHECK(has(said, "route     POST /login (gate)\n"));
    CHECK(has(said, "answer    the plugin (gate) itself, nothing is sent upstream\n"));
    CHECK_FALSE(has(said, "\nsent "));
}

TEST_CASE("what no route admits says which ones come near") {
    CHECK(explained("GET", "/generate") ==
          "request   GET /generate\n"
          "route     none: 405, Allow: POST\n"
          "near      POST /generate (tollgate.yaml:8:5): only the method differs\n");
    CHECK(explained("POST", "/Generate") ==
          "request   POST /Generate\n"
          "route     none: 404, nothing is sent upstream\n"
          "near      POST /generate (tollgate.yaml:8:5): only capitals differ\n");
    CHECK(has(explained("GET", "/items"),
              "near      any /items/* (tollgate.yaml:10:5): only the slash at the end differs\n"));
    CHECK(has(explained("GET", "/x", "example.com"),
              "near      any api.example.com/x (tollgate.yaml:11:5): only for that host\n"));
    CHECK(has(explained("GET", "/nothing"), "near      no route comes close (`tollgate routes` lists all)\n"));
}

TEST_CASE("the host of an absolute target counts, not --host") {
    CHECK(has(explained("GET", "http://api.example.com/x", "example.com"),
              "host      api.example.com\nroute     any api.example.com/x ("));
}

TEST_CASE("a target that is refused is answered before any route is looked for") {
    for (char const* const target : {"generate", "/a//b", "/a/%2e%2e/b", "/a\x1b[2J", ""}) {
        CAPTURE(target);
        CHECK(explained("GET", target) == "request   400: " + std::string(reason_of(errc::bad_target).detail) + "\n");
    }
}

TEST_CASE("the rows of the table are the routes of the file, then the endpoints of the plugins") {
    MadeGeneration const made(text);
    auto const rows = route_rows(*made.generation);
    REQUIRE(rows.size() == 7);
    CHECK(rows[0].methods == "GET");
    CHECK(rows[0].access == Access::open);
    CHECK(rows[0].origin == "ai http://127.0.0.1:8000");
    CHECK(rows[2].methods == "any");
    CHECK(rows[4].host == "api.example.com");
    CHECK(rows[5].origin == "openai http://openai/v1");
    CHECK(rows[6].path == "/login");
    CHECK(rows[6].origin == "(gate)");
}

TEST_CASE("all servers of an upstream are shown, and the sample goes to the first") {
    MadeGeneration const made(R"(listen: 127.0.0.1:8080
upstreams: {many: {servers: ["http://a:8000/v1", "http://b/v1"], host: upstream}}
routes: [{path: /x, upstream: many, protected: false}]
)");
    auto const text_of_x = explanation(*made.generation, {"GET", "/x", {}});
    CHECK(has(text_of_x, "upstream  many http://a:8000/v1, http://b/v1\n"));
    CHECK(has(text_of_x, "GET /v1/x HTTP/1.1\n          Host: a:8000\n"));
    CHECK(has(routes_table(route_rows(*made.generation)), "PUBLIC  many http://a:8000/v1, http://b/v1\n"));
}

TEST_CASE("where all clients come by TLS the service is told so") {
    auto const explained_with = [](std::string const& listen) {
        auto changed = std::string(text);
        auto const from = changed.find("127.0.0.1:8080");
        changed.replace(from, std::string_view("127.0.0.1:8080").size(), listen);
        MadeGeneration const made(changed);
        return explanation(*made.generation, {"POST", "/generate", {}});
    };
    std::string const secure = "{address: 127.0.0.1:8443, tls: {certificates: [{certificate: c, key: k}]}}";
    std::string const redirect = "{address: 127.0.0.1:8080, redirect_to_https: true}";
    CHECK(has(explained_with("[" + secure + ", " + redirect + "]"), "X-Forwarded-Proto: https\n"));
    CHECK(has(explained_with("[" + secure + ", 127.0.0.1:8080]"), "X-Forwarded-Proto: http\n"));
}

}  // namespace tollgate::explanation_test
