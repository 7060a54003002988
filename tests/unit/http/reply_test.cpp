#include "http/reply.hpp"

#include "http/utf8.hpp"

#include <doctest/doctest.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace tollgate;
using namespace tollgate::http;
using namespace std::literals;

TEST_CASE("a problem is rendered as problem details") {
    auto reply = Reply::problem(errc::no_route);
    CHECK(reply.status == 404);
    CHECK(reply.reason == errc::no_route);
    render(reply, ErrorStyle::problem, "req-1");
    CHECK(reply.content_type == "application/problem+json");
    CHECK(
        reply.body ==
        R"({"type":"about:blank","title":"Not Found","status":404,"detail":"No route admits this path.","reason":"no_route",)"
        R"("request_id":"req-1"})");
    CHECK(reply.fields.empty());
}

TEST_CASE("a problem keeps a detail of its own") {
    auto reply = Reply::problem(errc::bad_form, "The field `password` is missing.");
    render(reply, ErrorStyle::problem, "r");
    CHECK(reply.status == 400);
    CHECK(reply.body ==
          R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"The field `password` is missing.",)"
          R"("reason":"bad_form","request_id":"r"})");
}

TEST_CASE("a client is told the public word alone") {
    for (auto const style : {ErrorStyle::problem, ErrorStyle::openai, ErrorStyle::anthropic}) {
        auto reply = Reply::problem(errc::user_disabled);
        render(reply, style, "r");
        CHECK(reply.reason == errc::user_disabled);
        CHECK(reply.body.find("disabled") == std::string::npos);
        CHECK(reply.body.find("Could not validate credentials") != std::string::npos);
    }
}

TEST_CASE("an error in the style of OpenAI has its members") {
    auto reply = Reply::problem(errc::bad_signature);
    render(reply, ErrorStyle::openai, "req-1");
    CHECK(reply.content_type == "application/json");
    CHECK(
        reply.body ==
        R"({"error":{"message":"Could not validate credentials","type":"authentication_error","code":"bad_token","param":null},)"
        R"("detail":"Could not validate credentials"})");
}

TEST_CASE("an error in the style of Anthropic has its members") {
    auto reply = Reply::problem(errc::no_route);
    render(reply, ErrorStyle::anthropic, "req-1");
    CHECK(reply.content_type == "application/json");
    CHECK(
        reply.body ==
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
        auto openai = Reply::problem(row.reason);
        render(openai, ErrorStyle::openai, "r");
        CHECK(openai.body.find("\"type\":\"" + std::string(row.openai) + "\"") != std::string::npos);
        auto anthropic = Reply::problem(row.reason);
        render(anthropic, ErrorStyle::anthropic, "r");
        CHECK(anthropic.body.find("{\"type\":\"" + std::string(row.anthropic) + "\"") != std::string::npos);
    }
}

TEST_CASE("a reason that is never sent becomes an internal error for the client") {
    auto reply = Reply::problem(errc::client_gone);
    CHECK(reply.status == 500);
    CHECK(reply.reason == errc::client_gone);
    render(reply, ErrorStyle::problem, "r");
    CHECK(reply.body ==
          R"({"type":"about:blank","title":"Internal Server Error","status":500,)"
          R"("detail":"The gateway failed to handle this request.","reason":"internal_error","request_id":"r"})");
}

TEST_CASE("rendering leaves other replies alone, and a problem that is rendered already") {
    auto reply = Reply::json("{}");
    render(reply, ErrorStyle::problem, "r");
    CHECK(reply.status == 200);
    CHECK(reply.content_type == "application/json");
    CHECK(reply.body == "{}");
    CHECK_FALSE(reply.is_problem());

    auto problem = Reply::problem(errc::no_route);
    render(problem, ErrorStyle::problem, "first");
    auto const body = problem.body;
    render(problem, ErrorStyle::anthropic, "second");
    CHECK(problem.body == body);
    CHECK(problem.content_type == "application/problem+json");
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

    auto reply = Reply::problem(errc::bad_form, "\",\"status\":200\xff");
    render(reply, ErrorStyle::problem, "\"\n");
    CHECK(reply.body == R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"\",\"status\":200)"
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
