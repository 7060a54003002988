// A response of our own: what plugins answer with, and the problem details (RFC 9457) that the gateway answers when a
// request cannot be served. A Reply owns its text. Rendering chooses the error style of the route.
#pragma once

#include "base/access.hpp"
#include "base/error.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::http {

struct Reply {
    unsigned status = 200;
    std::string content_type;  // empty: no body
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields;  // further fields, in order
    errc reason{};                                            // for the log; set for every problem

    // 200 with a JSON body.
    [[nodiscard]] static Reply json(std::string body);

    // The problem `reason` with its own status and sentence, or with `detail` instead of the sentence. The body is
    // written by render(), which knows the request id and the style.
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

// Writes body and content type of a problem in `style`; leaves other replies as they are.
void render(Reply& reply, ErrorStyle style, std::string_view request_id);

// `text` as a JSON string with its quotes.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace tollgate::http
