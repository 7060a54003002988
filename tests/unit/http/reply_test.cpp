#include "http/reply.hpp"

#include "http/utf8.hpp"

#include <doctest/doctest.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <string>
#include <utility>
#include <vector>

namespace tollgate::reply_test {
using namespace tollgate::http;
using namespace std::literals;

namespace {

struct Sent {
    std::string type;
    std::string text;
};

Sent sent(Reply const& reply, ErrorStyle style, std::string_view request_id) {
    Arena arena;
    auto const content = content_of(reply, style, request_id, arena);
    return {std::string(content.type), std::string(content.text)};
}

}  // namespace

TEST_CASE("a problem is rendered as problem details") {
    auto const reply = Reply::problem(errc::no_route);
    CHECK(reply.status == 404);
    CHECK(reply.reason == errc::no_route);
    auto const content = sent(reply, ErrorStyle::problem, "req-1");
    CHECK(content.type == "application/problem+json");
    CHECK(
        content.text ==
        R"({"type":"about:blank","title":"Not Found","status":404,"detail":"No route admits this path.","reason":"no_route",)"
        R"("request_id":"req-1"})");
    CHECK(reply.fields.empty());
}

TEST_CASE("a problem keeps a detail of its own") {
    auto const reply = Reply::problem(errc::bad_form, "The field `password` is missing.");
    auto const content = sent(reply, ErrorStyle::problem, "r");
    CHECK(reply.status == 400);
    CHECK(content.text ==
          R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"The field `password` is missing.",)"
          R"("reason":"bad_form","request_id":"r"})");
}

TEST_CASE("a client is told the public word alone") {
    for (auto const style : {ErrorStyle::problem, ErrorStyle::openai, ErrorStyle::anthropic}) {
        auto const reply = Reply::problem(errc::user_disabled);
        auto const content = sent(reply, style, "r");
        CHECK(reply.reason == errc::user_disabled);
        CHECK(content.text.find("disabled") == std::string::npos);
        CHECK(content.text.find("Could not validate credentials") != std::string::npos);
    }
}

TEST_CASE("an error in the style of OpenAI has its members") {
    auto const reply = Reply::problem(errc::bad_signature);
    auto const content = sent(reply, ErrorStyle::openai, "req-1");
    CHECK(content.type == "application/json");
    CHECK(
        content.text ==
        R"({"error":{"message":"Could not validate credentials","type":"authentication_error","code":"bad_token","param":null},)"
        R"("detail":"Could not validate credentials"})");
}

TEST_CASE("an error in the style of Anthropic has its members") {
    auto const reply = Reply::problem(errc::no_route);
    auto const content = sent(reply, ErrorStyle::anthropic, "req-1");
    CHECK(content.type == "application/json");
    CHECK(
        content.text ==
        R"({"type":"error","error":{"type":"not_found_error","message":"No route admits this path."},"request_id":"req-1"})");
}

TEST_CASE("the type of an error follows its status") {
    struct Row {
        errc reason;
        std::string_view openai;
        std::string_view anthropic;
    };
    for (auto const& row : std::vector<Row>{
             {errc::bad_target, "invalid_request_error", "invalid_request_error"},
             {errc::no_token, "authentication_error", "authentication_error"},
             {errc::forbidden, "invalid_request_error", "permission_error"},
             {errc::method_not_allowed, "invalid_request_error", "invalid_request_error"},
             {errc::body_too_large, "invalid_request_error", "request_too_large"},
             {errc::too_many_attempts, "rate_limit_error", "rate_limit_error"},
             {errc::internal_error, "server_error", "api_error"},
             {errc::upstream_refused, "server_error", "api_error"},
             {errc::queue_full, "server_error", "overloaded_error"},
             {errc::upstream_timeout, "server_error", "timeout_error"},
         }) {
        CAPTURE(reason_of(row.reason).word);
        auto const openai = Reply::problem(row.reason);
        auto const openai_content = sent(openai, ErrorStyle::openai, "r");
        CHECK(openai_content.text.find("\"type\":\"" + std::string(row.openai) + "\"") != std::string::npos);
        auto const anthropic = Reply::problem(row.reason);
        auto const anthropic_content = sent(anthropic, ErrorStyle::anthropic, "r");
        CHECK(anthropic_content.text.find("{\"type\":\"" + std::string(row.anthropic) + "\"") != std::string::npos);
    }
}

TEST_CASE("a reason that is never sent becomes an internal error for the client") {
    auto const reply = Reply::problem(errc::client_gone);
    CHECK(reply.status == 500);
    CHECK(reply.reason == errc::client_gone);
    auto const content = sent(reply, ErrorStyle::problem, "r");
    CHECK(content.text ==
          R"({"type":"about:blank","title":"Internal Server Error","status":500,)"
          R"("detail":"The gateway failed to handle this request.","reason":"internal_error","request_id":"r"})");
}

TEST_CASE("other replies are sent as they are, and so is a problem with a content type of its own") {
    auto const reply = Reply::json("{}");
    CHECK(reply.status == 200);
    CHECK_FALSE(reply.is_problem());
    auto const content = sent(reply, ErrorStyle::problem, "r");
    CHECK(content.type == "application/json");
    CHECK(content.text == "{}");

    auto page = Reply::problem(errc::no_route);
    page.content_type = "text/html";
    page.body = "<p>Nothing here";
    auto const page_content = sent(page, ErrorStyle::anthropic, "r");
    CHECK(page_content.type == "text/html");
    CHECK(page_content.text == "<p>Nothing here");
}

TEST_CASE("401 says how to be let in, and 503 when to come back") {
    struct Row {
        Reply reply;
        std::string_view name;
        std::string_view value;
    };
    constexpr std::string_view plain = R"(Bearer realm="tollgate")";
    constexpr std::string_view invalid = R"(Bearer realm="tollgate", error="invalid_token")";
    for (auto const& [reply, name, value] : std::vector<Row>{
             {Reply::problem(errc::no_token), "WWW-Authenticate", plain},
             {Reply::problem(errc::bad_credentials), "WWW-Authenticate", plain},
             {Reply::problem(errc::bad_token), "WWW-Authenticate", invalid},
             {Reply::problem(errc::bad_signature), "WWW-Authenticate", invalid},
             {Reply::problem(errc::token_expired), "WWW-Authenticate", invalid},
             {Reply::problem(errc::token_revoked), "WWW-Authenticate", invalid},
             {Reply::problem(errc::user_disabled), "WWW-Authenticate", invalid},
             {Reply::problem(errc::queue_full), "Retry-After", "1"},
             {Reply::problem(errc::draining), "Retry-After", "1"},
             {Reply::problem(errc::queue_full).with("X", "y"), "Retry-After", "1"},
             {Reply::problem(errc::forbidden), "", ""},
             {Reply::problem(errc::rate_limited), "", ""},
             {Reply{.status = 401}, "", ""},
         }) {
        CAPTURE(reply.status);
        CAPTURE(value);
        auto const field = standing_field(reply);
        REQUIRE(field.has_value() == !name.empty());
        if (!field) continue;
        CHECK(field->name == name);
        CHECK(field->value == value);
    }
}

TEST_CASE("Retry-After is whole seconds, at least one") {
    using std::chrono::seconds;
    struct Row {
        seconds wait;
        std::string_view value;
    };
    for (auto const& row :
         std::vector<Row>{{seconds(-5), "1"}, {seconds(0), "1"}, {seconds(1), "1"}, {seconds(120), "120"}}) {
        auto const reply = Reply::problem(errc::queue_full).retry_after(row.wait).with("A", "b");
        REQUIRE(reply.fields.size() == 2);
        CHECK(reply.fields[0] == std::pair("Retry-After"s, std::string(row.value)));
        CHECK(reply.fields[1] == std::pair("A"s, "b"s));
    }
}

TEST_CASE("text is quoted so that it cannot leave its string") {
    CHECK(json_quoted("") == "\"\"");
    CHECK(json_quoted("a\"b\\c") == R"("a\"b\\c")");
    CHECK(json_quoted("a\r\n\t\0\x1f"sv) == R"("a\r\n\t\u0000\u001f")");
    CHECK(json_quoted("\xc3\xa4") == "\"\xc3\xa4\"");
    CHECK(json_quoted("a\xff") == "\"a\xef\xbf\xbd\"");

    auto const reply = Reply::problem(errc::bad_form, "\",\"status\":200\xff");
    auto const content = sent(reply, ErrorStyle::problem, "\"\n");
    CHECK(content.text == R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"\",\"status\":200)"
                          "\xef\xbf\xbd"
                          R"(","reason":"bad_form","request_id":"\"\n"})");
}

TEST_CASE("every byte is quoted as Boost.JSON quotes it, wherever it stands") {
    for (int byte = 0; byte < 256; ++byte) {
        for (std::size_t const at : {0U, 15U, 16U, 39U}) {
            CAPTURE(byte);
            CAPTURE(at);
            std::string text(40, 'a');
            text[at] = static_cast<char>(byte);
            CHECK(json_quoted(text) == boost::json::serialize(boost::json::string(valid_utf8(text))));
        }
    }
}

}  // namespace tollgate::reply_test
