// The headers that a route sets upstream. What decides framing, hops, routing or identity is not the operator's to
// write: a request would mean one thing here and another there.
#include "settings/readers.hpp"

#include "settings/words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

constexpr std::size_t most_headers = 50;
constexpr std::size_t most_name_bytes = 128;
constexpr std::size_t most_value_bytes = 8 * 1024;

constexpr std::array<std::string_view, 13> framing_and_hop_names{
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

// Written by the gateway itself, or taken away because they say where a request came from.
constexpr std::array<std::string_view, 4> own_names{"forwarded", "via", "x-real-ip", "x-request-id"};

// As identity fields are compared: without case, `_` counted as `-`.
std::string folded(std::string_view name) {
    std::string result(name);
    std::ranges::transform(result, result.begin(), [](char c) {
        if (c == '_') return '-';
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return result;
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
    auto const allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").contains(c);
    };
    return !text.empty() && std::ranges::all_of(text, allowed);
}

std::optional<std::string> name_problem(std::string_view name) {
    if (!is_token(name) || name.size() > most_name_bytes) return "is not the name of a header";
    auto const key = folded(name);
    if (key == "host") return "cannot be set: `host: upstream` of the upstream sends the server's own name";
    if (contains(framing_and_hop_names, key)) return "cannot be set: it belongs to the connection";
    if (key.starts_with("x-user-")) return "cannot be set: X-User-* says who the user is";
    if (contains(own_names, key) || key.starts_with("x-forwarded")) return "cannot be set: the gateway decides it";
    return std::nullopt;
}

// The value is never shown: it is often a key.
std::optional<std::string> value_problem(std::string_view value) {
    if (value.size() > most_value_bytes) return "the value is larger than 8 KiB";
    auto const allowed = [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; };
    if (!std::ranges::all_of(value, allowed)) return "the value holds a control character or is not ASCII";
    auto const is_blank = [](char c) { return c == ' ' || c == '\t'; };
    if (value.empty()) return "the value is empty";
    if (is_blank(value.front()) || is_blank(value.back())) return "the value begins or ends with a space";
    return std::nullopt;
}

}  // namespace

std::vector<SetHeader> read_set_headers(SettingsNode const& node) {
    std::vector<SetHeader> headers;
    std::vector<std::string> seen;
    auto const entries = node.entries();
    if (entries.size() > most_headers) node.fail("at most " + std::to_string(most_headers) + " headers");
    for (auto const& [name, one] : entries) {
        auto value = one.secret();
        auto key = folded(name);
        if (auto const problem = name_problem(name)) {
            one.fail(backquoted(name) + " " + *problem);
        } else if (contains(seen, key)) {
            one.fail(backquoted(name) + " is set twice: case and `_` for `-` make no difference");
        } else if (auto const wrong = value_problem(value.reveal())) {
            one.fail(*wrong);
        } else {
            headers.push_back({name, std::move(value), one.shown()});
        }
        seen.push_back(std::move(key));
    }
    return headers;
}

}  // namespace tollgate::settings
