#include "server/starting_file.hpp"

#include "base/characters.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tollgate::server {
namespace {

constexpr std::string_view head = R"(# Tollgate in front of {0}: what no route names here is not forwarded (404).
# A route needs a valid token unless it says `protected: false`. See `tollgate routes`, and `tollgate explain POST /path`.
# The secret stands in .env beside this file; `tollgate check` finds mistakes in either.
listen: 127.0.0.1:8080
metrics: 127.0.0.1:9090
upstreams:
  ai: {1}
routes:
)";

constexpr std::string_view tail = R"(plugins:
  auth:
    tokens: {{secret: "${{JWT_SECRET}}", algorithm: "${{JWT_ALGORITHM:-HS256}}", lifetime: "${{ACCESS_TOKEN_MINUTES:-30}}m"}}
    users: {{store: {}}}
)";

// In single quotes a quote is written twice, and nothing else means anything (YAML 1.2, section 7.3.2).
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (char const c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
}

bool is_plain(char c) { return is_alphanumeric(c) || std::string_view("/-._").contains(c); }

// As it stands where YAML could not take it for anything else.
std::string path_scalar(std::string_view path) {
    return std::ranges::all_of(path, is_plain) ? std::string(path) : quoted(path);
}

std::string route_line(Operation const& operation) {
    return fmt::format("  - {{path: {}, methods: [{}], upstream: ai}}\n", path_scalar(operation.path),
                       operation.method);
}

}  // namespace

std::vector<Operation> reserved_operations() { return {{"POST", "/login"}, {"GET", "/me"}}; }

std::vector<Operation> starting_operations() { return {{"POST", "/generate"}}; }

std::string upstream_only(std::string_view upstream) {
    return fmt::format("listen: 127.0.0.1:8080\nupstreams:\n  ai: {}\n", quoted(upstream));
}

std::string starting_file(std::string_view upstream, std::string_view store, std::span<Operation const> operations) {
    auto text = fmt::format(head, upstream, quoted(upstream));
    for (auto const& operation : operations) text += route_line(operation);
    return text + fmt::format(tail, quoted(store));
}

}  // namespace tollgate::server
