#include "http/reply.hpp"

#include "base/scan.hpp"
#include "http/utf8.hpp"

#include <fmt/format.h>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <iterator>

namespace tollgate::http {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view problem_type = "application/problem+json";

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            if (auto const byte = static_cast<unsigned char>(c); byte < 0x20)
                fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
            else out += c;
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    if (leading<JsonCharacters>(text) == text.size()) {
        out += text;
    } else {
        for (char const c : valid_utf8(text)) append_escaped(out, c);
    }
    out += '"';
}

// `begin` is what comes before the value, the member's name included.
void append_member(std::string& out, std::string_view begin, std::string_view value) {
    out += begin;
    append_quoted(out, value);
}

// RFC 9457.
void append_problem(std::string& out, unsigned status, std::string_view word, std::string_view detail,
                    std::string_view request_id) {
    auto const title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    append_member(out, R"({"type":"about:blank","title":)", title);
    out.append(R"(,"status":)").append(std::to_string(status));
    append_member(out, R"(,"detail":)", detail);
    append_member(out, R"(,"reason":)", word);
    append_member(out, R"(,"request_id":)", request_id);
    out += '}';
}

std::string_view openai_type(unsigned status) noexcept {
    if (status == 401) return "authentication_error";
    if (status == 429) return "rate_limit_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

// `detail` stands beside it for clients that were written against FastAPI.
void append_openai(std::string& out, unsigned status, std::string_view word, std::string_view detail) {
    append_member(out, R"({"error":{"message":)", detail);
    append_member(out, R"(,"type":)", openai_type(status));
    append_member(out, R"(,"code":)", word);
    append_member(out, R"(,"param":null},"detail":)", detail);
    out += '}';
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

void append_anthropic(std::string& out, unsigned status, std::string_view detail, std::string_view request_id) {
    append_member(out, R"({"type":"error","error":{"type":)", anthropic_type(status));
    append_member(out, R"(,"message":)", detail);
    append_member(out, R"(},"request_id":)", request_id);
    out += '}';
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
    std::string body;
    body.reserve(256 + 2 * reply.body.size());
    switch (style) {
        case ErrorStyle::problem: append_problem(body, reply.status, word, reply.body, request_id); break;
        case ErrorStyle::openai: append_openai(body, reply.status, word, reply.body); break;
        case ErrorStyle::anthropic: append_anthropic(body, reply.status, reply.body, request_id); break;
    }
    reply.body = std::move(body);
}

std::string json_quoted(std::string_view text) {
    std::string quoted;
    append_quoted(quoted, text);
    return quoted;
}

}  // namespace tollgate::http
