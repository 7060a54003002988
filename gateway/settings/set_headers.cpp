// The headers that a route sets upstream. What decides framing, hops, routing or identity is not the operator's to
// write: a request would mean one thing here and another there.
#include "settings/readers.hpp"

#include "base/characters.hpp"
#include "base/reserved_fields.hpp"
#include "settings/words.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

constexpr std::size_t most_headers = 50;
constexpr std::size_t most_value_bytes = 8 * 1024;

std::optional<std::string> name_problem(std::string_view name) {
    if (!is_token(name) || name.size() > most_field_name_bytes) return "is not the name of a header";
    switch (role_of(name)) {
        case FieldRole::ordinary: break;
        case FieldRole::routing: return "cannot be set: `host: upstream` of the upstream sends the server's own name";
        case FieldRole::hop_by_hop:
        case FieldRole::framing: return "cannot be set: it belongs to the connection";
        case FieldRole::identity: return "cannot be set: X-User-* says who the user is";
        case FieldRole::forwarding:
        case FieldRole::ours: return "cannot be set: the gateway decides it";
    }
    return std::nullopt;
}

// The value is never shown: it is often a key.
std::optional<std::string> value_problem(std::string_view value) {
    if (value.size() > most_value_bytes) return "the value is larger than 8 KiB";
    auto const allowed = [](char c) { return is_visible(c) || is_blank(c); };
    if (!std::ranges::all_of(value, allowed)) return "the value holds a control character or is not ASCII";
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
            one.fail(backquoted(name) + " is set twice: case and punctuation make no difference");
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
