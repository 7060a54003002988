#include "http/reply.hpp"

#include "http/utf8.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>

namespace tollgate::http {
namespace {

namespace json = boost::json;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view problem_type = "application/problem+json";

json::string text(std::string_view value) { return json::string(valid_utf8(value)); }

// RFC 9457.
json::object problem_object(unsigned status, std::string_view word, std::string_view detail,
                            std::string_view request_id) {
    auto const title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    return {{"type", "about:blank"},  {"title", text(title)}, {"status", status},
            {"detail", text(detail)}, {"reason", text(word)}, {"request_id", text(request_id)}};
}

std::string_view openai_type(unsigned status) noexcept {
    if (status == 401) return "authentication_error";
    if (status == 429) return "rate_limit_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

// `detail` stands beside it for clients that were written against FastAPI.
json::object openai_object(unsigned status, std::string_view word, std::string_view detail) {
    json::object const error{
        {"message", text(detail)}, {"type", openai_type(status)}, {"code", text(word)}, {"param", nullptr}};
    return {{"error", error}, {"detail", text(detail)}};
}

std::string_view anthropic_type(unsigned status) noexcept {
    switch (status) {
        case 401: return "authentication_error";
        case 403: return "permission_error";
        case 404: return "not_found_error";
        case 413: return "request_too_large";
        case 429: return "rate_limit_error";
        case 503: return "overloaded_error";
        case 504: return "timeout_error";
        default: return status >= 500 ? "api_error" : "invalid_request_error";
    }
}

json::object anthropic_object(unsigned status, std::string_view detail, std::string_view request_id) {
    json::object const error{{"type", anthropic_type(status)}, {"message", text(detail)}};
    return {{"type", "error"}, {"error", error}, {"request_id", text(request_id)}};
}

}  // namespace

Reply Reply::json(std::string body) {
    Reply reply;
    reply.content_type = json_type;
    reply.body = std::move(body);
    return reply;
}

// Until render() the body is the sentence, and the empty content type says so.
Reply Reply::problem(errc reason, std::string detail) {
    bool const is_public = reason_of(reason).status != 0;
    auto const& known = reason_of(is_public ? reason : errc::internal_error);
    Reply reply;
    reply.status = known.status;
    reply.body = detail.empty() ? std::string(known.detail) : std::move(detail);
    reply.reason = reason;
    return reply;
}

Reply Reply::retry_after(std::chrono::seconds wait) && {
    return std::move(*this).with("Retry-After", std::to_string(std::max<std::int64_t>(wait.count(), 1)));
}

void render(Reply& reply, ErrorStyle style, std::string_view request_id) {
    if (!reply.is_problem() || !reply.content_type.empty()) return;
    auto const& known = reason_of(reply.reason);
    auto const word = known.status != 0 ? known.public_word : reason_of(errc::internal_error).public_word;
    reply.content_type = style == ErrorStyle::problem ? problem_type : json_type;
    switch (style) {
        case ErrorStyle::problem:
            reply.body = boost::json::serialize(problem_object(reply.status, word, reply.body, request_id));
            break;
        case ErrorStyle::openai:
            reply.body = boost::json::serialize(openai_object(reply.status, word, reply.body));
            break;
        case ErrorStyle::anthropic:
            reply.body = boost::json::serialize(anthropic_object(reply.status, reply.body, request_id));
            break;
    }
}

std::string json_quoted(std::string_view text) { return boost::json::serialize(json::string(valid_utf8(text))); }

}  // namespace tollgate::http
