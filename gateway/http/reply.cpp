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

// The error attribute is for who has sent a token (RFC 6750, section 3.1).
constexpr std::string_view plain_challenge = R"(Bearer realm="tollgate")";
constexpr std::string_view token_challenge = R"(Bearer realm="tollgate", error="invalid_token")";

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

// Text that stands in a JSON string.
class JsonText {
public:
    explicit JsonText(std::string_view text) : utf8_(text), is_plain_(leading<JsonCharacters>(text) == text.size()) {
        if (!is_plain_) utf8_ = room_ = valid_utf8(text);
    }
    JsonText(JsonText const&) = delete;
    JsonText& operator=(JsonText const&) = delete;

    [[nodiscard]] std::size_t most_bytes() const noexcept {
        return is_plain_ ? utf8_.size() : most_escape_bytes * utf8_.size();
    }

    void put(TextWriter& out) const noexcept {
        out.put('"');
        if (is_plain_) {
            out.put(utf8_);
        } else {
            for (char const c : utf8_) put_escaped(out, c);
        }
        out.put('"');
    }

private:
    std::string_view utf8_;
    std::string room_;  // what utf8_ looks into where the text had to be made valid
    bool is_plain_;
};

// Beside these, words of our own are put as they are: they need no escape.
struct Problem {
    unsigned status;
    std::string_view word;
    JsonText const& detail;
    JsonText const& request_id;
};

// RFC 9457.
void put_problem(TextWriter& out, Problem const& problem) {
    auto const title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(problem.status));
    out.put(R"({"type":"about:blank","title":")").put(title).put(R"(","status":)").number(problem.status);
    problem.detail.put(out.put(R"(,"detail":)"));
    out.put(R"(,"reason":")").put(problem.word);
    problem.request_id.put(out.put(R"(","request_id":)"));
    out.put('}');
}

std::string_view openai_type(unsigned status) noexcept {
    if (status == 401) return "authentication_error";
    if (status == 429) return "rate_limit_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

// `detail` stands beside it for clients that were written against FastAPI.
void put_openai(TextWriter& out, Problem const& problem) {
    problem.detail.put(out.put(R"({"error":{"message":)"));
    out.put(R"(,"type":")").put(openai_type(problem.status)).put(R"(","code":")").put(problem.word);
    problem.detail.put(out.put(R"(","param":null},"detail":)"));
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
    problem.detail.put(out.put(R"(","message":)"));
    problem.request_id.put(out.put(R"(},"request_id":)"));
    out.put('}');
}

void put_in_style(TextWriter& out, Problem const& problem, ErrorStyle style) noexcept {
    switch (style) {
        case ErrorStyle::problem: return put_problem(out, problem);
        case ErrorStyle::openai: return put_openai(out, problem);
        case ErrorStyle::anthropic: return put_anthropic(out, problem);
    }
}

}  // namespace

Reply Reply::json(std::string body) {
    Reply reply;
    reply.content_type = json_type;
    reply.body = std::move(body);
    return reply;
}

Reply Reply::problem(errc reason, std::string detail) {
    bool const is_public = reason_of(reason).status != 0;
    Reply reply;
    reply.status = reason_of(is_public ? reason : errc::internal_error).status;
    reply.body = std::move(detail);
    reply.reason = reason;
    return reply;
}

Reply Reply::retry_after(std::chrono::seconds wait) && {
    return std::move(*this).with("Retry-After", std::to_string(std::max<std::int64_t>(wait.count(), 1)));
}

Content content_of(Reply const& reply, ErrorStyle style, std::string_view request_id, Arena& arena) {
    if (!reply.is_problem() || !reply.content_type.empty()) return {reply.content_type, reply.body};
    auto const& known = reason_of(reason_of(reply.reason).status != 0 ? reply.reason : errc::internal_error);
    JsonText const detail(reply.body.empty() ? known.detail : std::string_view(reply.body));
    JsonText const id(request_id);
    auto const most_bytes = most_other_bytes + 2 * detail.most_bytes() + id.most_bytes();
    TextWriter out({static_cast<char*>(arena.allocate(most_bytes, 1)), most_bytes});
    put_in_style(out, {reply.status, known.public_word, detail, id}, style);
    return {style == ErrorStyle::problem ? problem_type : json_type, out.text()};
}

std::optional<Field> standing_field(Reply const& reply) noexcept {
    if (!reply.is_problem()) return std::nullopt;
    if (reply.status == 503) return Field{FieldName::retry_after, "Retry-After", "1"};
    if (reply.status != 401) return std::nullopt;
    bool const had_token = reply.reason != errc::no_token && reply.reason != errc::bad_credentials;
    return Field{FieldName::www_authenticate, "WWW-Authenticate", had_token ? token_challenge : plain_challenge};
}

std::string json_quoted(std::string_view text) {
    JsonText const json(text);
    std::string quoted;
    append_written(quoted, json.most_bytes() + 2, [&json](TextWriter& out) { json.put(out); });
    return quoted;
}

}  // namespace tollgate::http
