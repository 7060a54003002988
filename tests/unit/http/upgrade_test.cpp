#include "http/upgrade.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tollgate::upgrade_test {
using namespace tollgate::http;

namespace {

RequestHead request(std::string_view connection, std::string_view upgrade) {
    RequestHead head{.method = "GET", .target = "/", .minor = 1, .fields = {}};
    if (!connection.empty()) head.fields.append(FieldName::connection, "Connection", connection);
    if (!upgrade.empty()) head.fields.append(FieldName::upgrade, "Upgrade", upgrade);
    return head;
}

ResponseHead response(std::string_view connection, std::string_view upgrade) {
    ResponseHead head{.status = 101, .phrase = {}, .fields = {}};
    if (!connection.empty()) head.fields.append(FieldName::connection, "Connection", connection);
    if (!upgrade.empty()) head.fields.append(FieldName::upgrade, "Upgrade", upgrade);
    return head;
}

}  // namespace

TEST_CASE("an upgrade counts when Connection names it, in HTTP/1.1, without a body") {
    CHECK(requested_upgrade(request("upgrade", "websocket"), {}) == "websocket");
    CHECK(requested_upgrade(request("keep-alive, Upgrade", "WebSocket, echo/1"), {}) == "WebSocket, echo/1");
    CHECK(requested_upgrade(request("keep-alive", "websocket"), {}) == "");
    CHECK(requested_upgrade(request("", "websocket"), {}) == "");
    CHECK(requested_upgrade(request("upgrade", ""), {}) == "");
    CHECK(requested_upgrade(request("upgrade", "websocket"), {BodyKind::length, 5}) == "");
    CHECK(requested_upgrade(request("upgrade", "websocket"), {BodyKind::chunked, 0}) == "");
    auto old = request("upgrade", "websocket");
    old.minor = 0;
    CHECK(requested_upgrade(old, {}) == "");
    auto twice = request("upgrade", "websocket");
    twice.fields.append(FieldName::upgrade, "Upgrade", "echo");
    CHECK(requested_upgrade(twice, {}) == "");
}

TEST_CASE("a protocol that would carry requests past us is refused, however it is asked for") {
    for (std::string_view const protocol :
         {"h2c", "H2C", "h2", "HTTP/2.0", "http/1.1", "TLS/1.0", "websocket, h2c", "websocket ,\tH2c", "h3"}) {
        CAPTURE(protocol);
        CHECK(requested_upgrade(request("upgrade", protocol), {}) == failure(errc::upgrade_refused));
        CHECK(requested_upgrade(request("", protocol), {}) == failure(errc::upgrade_refused));
        CHECK(requested_upgrade(request("upgrade", protocol), {BodyKind::length, 5}) == failure(errc::upgrade_refused));
    }
}

TEST_CASE("all that is asked for must be allowed") {
    std::vector<std::string> const allowed{"websocket", "echo/1"};
    CHECK(only_asks_for("WebSocket", allowed));
    CHECK(only_asks_for("websocket, echo/1", allowed));
    CHECK(only_asks_for("", allowed));
    for (std::string_view const wanted :
         {"websocket, foo", "websocket/h2c", "\"h2c\"", "foo h2c", "connect-udp", ","}) {
        CAPTURE(wanted);
        CHECK_FALSE(only_asks_for(wanted, allowed));
    }
    CHECK_FALSE(only_asks_for("websocket", {}));
}

TEST_CASE("a 101 must change to one of the protocols that were asked for, and say so") {
    CHECK(accepted_upgrade("websocket", response("Upgrade", "websocket")) == "websocket");
    CHECK(accepted_upgrade("echo/1, websocket", response("upgrade", "WebSocket")) == "WebSocket");
    CHECK(accepted_upgrade("websocket", response("upgrade", "echo")).empty());
    CHECK(accepted_upgrade("websocket", response("", "websocket")).empty());
    CHECK(accepted_upgrade("websocket", response("upgrade", "")).empty());
    CHECK(accepted_upgrade("", response("upgrade", "websocket")).empty());
    CHECK(accepted_upgrade("websocket, echo", response("upgrade", "websocket, echo")).empty());
}

}  // namespace tollgate::upgrade_test
