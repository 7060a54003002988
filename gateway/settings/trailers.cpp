// The trailers that a route passes on. What decides how a message is read, for whom it is or who sent it must stand in
// the head, where it is checked (RFC 9110, section 6.5.1).
#include "settings/readers.hpp"

#include "base/characters.hpp"
#include "base/reserved_fields.hpp"
#include "settings/words.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace tollgate::settings {
namespace {

constexpr std::size_t most_trailers = 20;

// Ordinary in a head; behind a body they would change what was already believed.
constexpr std::array<std::string_view, 16> head_only{
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-range",
    "content-type",
    "cookie",
    "date",
    "expires",
    "location",
    "range",
    "retry-after",
    "set-cookie",
    "www-authenticate",
    "vary",
    "age",
};

}  // namespace

std::vector<std::string> read_trailers(SettingsNode const& node) {
    std::vector<std::string> names;
    auto const nodes = node.items();
    if (nodes.size() > most_trailers) node.fail("at most " + std::to_string(most_trailers) + " trailers");
    for (auto const& one : nodes) {
        auto name = one.text();
        auto const key = folded(name);
        if (!is_token(name) || name.size() > most_field_name_bytes) one.fail("expected the name of a trailer");
        else if (role_of(name) != FieldRole::ordinary || contains(head_only, std::string_view(key)))
            one.fail(backquoted(one.shown()) +
                     " cannot come behind a body: it belongs in the head, where it is checked");
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace tollgate::settings
