// Calls from web pages of other origins, through a running gateway with a token check.
#include "cors/cors.hpp"
#include "support/gateway.hpp"
#include "support/origin.hpp"
#include "support/text.hpp"

#include <doctest/doctest.h>

namespace tollgate::cors_test {
using namespace tollgate::testing;

namespace {

constexpr char const* routes =
    "  - {path: /generate, methods: [POST], upstream: ai}\n"
    "  - {path: /open, upstream: ai, protected: false}\n";

// The plugin stands behind auth on purpose: preflights do not depend on the order.
GatewayOptions with_cors() {
    return {.routes = routes,
            .plugin_blocks = "  cors: {origins: [\"https://app.example\"]}\n",
            .plugins = {plugin::plugin_type<cors::Cors>()}};
}

std::string from_app(std::string const& line, std::string const& rest) {
    return line + " HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\n" + rest + "\r\n";
}

}  // namespace

TEST_CASE("a preflight needs no token and does not reach the service; what follows it does, with the origin allowed") {
    Origin origin(Origin::always("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 4\r\n\r\nfine"));
    Gateway gateway(origin.port(), with_cors());
    auto const preflight = gateway.ask(from_app("OPTIONS /generate",
                                                "Access-Control-Request-Method: POST\r\n"
                                                "Access-Control-Request-Headers: authorization,content-type\r\n"));
    CHECK(preflight.starts_with("HTTP/1.1 204 No Content\r\n"));
    CHECK(contains(preflight, "Access-Control-Allow-Origin: https://app.example\r\n"));
    CHECK(contains(preflight, "Access-Control-Allow-Methods: POST\r\n"));
    CHECK(contains(preflight, "Access-Control-Allow-Headers: authorization,content-type\r\n"));
    CHECK(origin.connections() == 0);

    auto const answer = gateway.ask(from_app("POST /generate", bearer("7")));
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(contains(answer, "Access-Control-Allow-Origin: https://app.example\r\n"));
    CHECK_FALSE(contains(answer, "Access-Control-Allow-Origin: *"));
    CHECK(contains(answer, "Vary: Origin\r\n"));
    CHECK(contains(answer, "Access-Control-Expose-Headers: Retry-After, X-Request-Id, "));
}

TEST_CASE("a page may read our refusals too; a method that no route takes and another origin are not allowed") {
    Origin origin(Origin::always(ok("fine")));
    Gateway gateway(origin.port(), with_cors());
    for (auto const& [line, status] :
         {std::pair("POST /generate", "401"), {"GET /generate", "405"}, {"GET /none", "404"}}) {
        CAPTURE(line);
        auto const answer = gateway.ask(from_app(line, ""));
        CHECK(answer.starts_with(std::string("HTTP/1.1 ") + status));
        CHECK(contains(answer, "Access-Control-Allow-Origin: https://app.example\r\n"));
    }
    auto const ask = [&](std::string const& method, std::string const& from) {
        return gateway.ask("OPTIONS /generate HTTP/1.1\r\nHost: a\r\nOrigin: " + from +
                           "\r\nAccess-Control-Request-Method: " + method + "\r\n\r\n");
    };
    CHECK(ask("PUT", "https://app.example").starts_with("HTTP/1.1 405 "));
    auto const stranger = ask("POST", "https://evil.example");
    CHECK(stranger.starts_with("HTTP/1.1 204 "));
    CHECK_FALSE(contains(stranger, "Access-Control-Allow"));
    CHECK(origin.connections() == 0);
}

}  // namespace tollgate::cors_test
