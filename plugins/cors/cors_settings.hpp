// The block `plugins.cors` as typed values, read once. Every default of this family stands here. What is wrong is
// recorded at the node, with its position.
#pragma once

#include "cors/request_headers.hpp"
#include "settings/node.hpp"

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tollgate::cors {

enum class Credentials { omitted, included };  // what browsers add of their own: cookies, client certificates

struct CorsSettings {
    bool every_origin = false;  // "*"
    std::set<std::string, std::less<>> origins;
    Credentials credentials = Credentials::omitted;
    std::vector<std::string> expose{"Retry-After", "X-Request-Id", "x-ratelimit-limit-requests",
                                    "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"};
    RequestHeaders headers = default_headers();
    std::chrono::seconds max_age = std::chrono::minutes(10);

    // What the clients of OpenAI, Anthropic and server-sent events send, and a plain fetch() with a token.
    [[nodiscard]] static RequestHeaders default_headers();
};

[[nodiscard]] CorsSettings read_cors_settings(settings::SettingsNode const& node);

}  // namespace tollgate::cors
