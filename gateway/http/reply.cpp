#include "http/reply.hpp"

#include "base/scan.hpp"
#include "base/text_writer.hpp"
#include "http/utf8.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <cstddef>

namespace tollgate::http {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view problem_type = "application/problem+json";

constexpr std::size_t most_escape_bytes = 6;   // \u00XX
constexpr std::size_t most_other_bytes = 256;  // of a body: names, numbers and words of our own, all together

void put_escaped(TextWriter& out, char c) noexcept {
    switch (c) {
        case '"': out.put("\\\""); break;
        case '\\': out.put("\\\\"); break;
        case '\b': out.put("\\b"); break;
        case '\f': out.put("\\f"); break;
        case '\n': out.put("\\n"); break;
        case '\r': out.put("\\r"); break;
        case '\t': out.put("\\t"); break;
        default:
            if (auto const byte = static_cast<unsigned char>(c); byte < 0x20)
                out.put("\\u00").put(static_cast<char>('0' + byte / 16)).put("0123456789abcdef"[byte % 16]);
            else out.put(c);
    }
}

bool needs_no_escape(std::string_view text) noexcept { return leading<JsonCharacters>(text) == text.size(); }

// Text that may be anything as UTF-8, in `room` where it has to be made.
std::string_view as_utf8(std::string_view text, std::string& room) {
    if (needs_no_escape(text)) return text;
    return room = valid_utf8(text);
}

void put_quoted(TextWriter& out, std::string_view utf8) noexcept {
    out.put('"');
    if (needs_no_escape(utf8)) {
        out.put(utf8);
    } else {
        for (char const c : utf8) put_escaped(out, c);
    }
    out.put('"');
}

// Beside these, words of our own are put as they are: they need no escape.
struct Problem {
    unsigned status;
    std::string_view word;
    std::string_view detail;
    std::string_view request_id;
};

// RFC 9457.
void put_problem(TextWriter& out, Problem const& problem) {
    auto const title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(problem.status));
    out.put(R"({"type":"about:blank","title":")").put(title).put(R"(","status":)").number(problem.status);
    put_quoted(out.put(R"(,"detail":)"), problem.detail);
    out.put(R"(,"reason":")").put(problem.word);
    put_quoted(out.put(R"(","request_id":)"), problem.request_id);
    out.put('}');
}

std::string_view openai_type(unsigned status) noexcept {
    if (status == 401) return "authentication_error";
    if (status == 429) return "rate_limit_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

// `detail` stands beside it for clients that were written against FastAPI.
void put_openai(TextWriter& out, Problem const& problem) {
    put_quoted(out.put(R"({"error":{"message":)"), problem.detail);
    out.put(R"(,"type":")").put(openai_type(problem.status)).put(R"(","code":")").put(problem.word);
    put_quoted(out.put(R"(","param":null},"detail":)"), problem.detail);
    out.put('}');
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

void put_anthropic(TextWriter& out, Problem const& problem) {
    out.put(R"({"type":"error","error":{"type":")").put(anthropic_type(problem.status));
    put_quoted(out.put(R"(","message":)"), problem.detail);
    put_quoted(out.put(R"(},"request_id":)"), problem.request_id);
    out.put('}');
}

std::size_t most_bytes(Problem const& problem) noexcept {
    return most_other_bytes + most_escape_bytes * (2 * problem.detail.size() + problem.request_id.size());
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
    std::string detail_room;
    std::string id_room;
    Problem const problem{reply.status, word, as_utf8(reply.body, detail_room), as_utf8(request_id, id_room)};
    std::string body;
    append_written(body, most_bytes(problem), [&](TextWriter& out) {
        switch (style) {
            case ErrorStyle::problem: return put_problem(out, problem);
            case ErrorStyle::openai: return put_openai(out, problem);
            case ErrorStyle::anthropic: return put_anthropic(out, problem);
        }
    });
    reply.body = std::move(body);
}

std::string json_quoted(std::string_view text) {
    std::string room;
    auto const utf8 = as_utf8(text, room);
    std::string quoted;
    append_written(quoted, most_escape_bytes * utf8.size() + 2, [utf8](TextWriter& out) { put_quoted(out, utf8); });
    return quoted;
}

}  // namespace tollgate::http
