// A response of our own: what plugins answer with, and the problem details (RFC 9457) that the gateway answers when a
// request cannot be served. A Reply owns its text. Of a problem it holds at most a detail of its own: the body is
// written when it goes out, in the error style of the route.
#pragma once

#include "base/access.hpp"
#include "base/error.hpp"
#include "http/fields.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::http {

struct Reply {
    unsigned status = 200;
    std::string content_type;  // empty: no body, or a problem, whose content is made when it goes out
    std::string body;          // of a problem without a content type: its detail; empty: the sentence of the reason
    std::vector<std::pair<std::string, std::string>> fields;  // further fields, in order
    errc reason{};                                            // of a problem: what the client is told, and the log

    // 200 with a JSON body.
    [[nodiscard]] static Reply json(std::string body);

    // The problem `reason` with its own status and sentence, or with `detail` instead of the sentence.
    [[nodiscard]] static Reply problem(errc reason, std::string detail = {});

    Reply& with(std::string name, std::string value) & {
        fields.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    [[nodiscard]] Reply with(std::string name, std::string value) && {
        fields.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
    [[nodiscard]] Reply retry_after(std::chrono::seconds wait) &&;  // RFC 9110, section 10.2.3; at least 1 s

    [[nodiscard]] bool is_problem() const noexcept { return reason != errc{}; }
};

// What is sent below the head.
struct Content {
    std::string_view type;  // empty: no body
    std::string_view text;
};

// The reply's own content, or that of a problem in `style`, which lies in `arena`. Views into the two, or constant
// text.
[[nodiscard]] Content content_of(Reply const& reply, ErrorStyle style, std::string_view request_id, Arena& arena);

// The field that a problem of its status needs, where nobody has set it: with 401 how to be let in (RFC 9110,
// section 11.6.1; RFC 6750, section 3), with 503 when to come back (RFC 9110, section 10.2.3).
[[nodiscard]] std::optional<Field> standing_field(Reply const& reply) noexcept;

// `text` as a JSON string with its quotes.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace tollgate::http
