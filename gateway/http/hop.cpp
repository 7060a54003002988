#include "http/hop.hpp"

#include "http/characters.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace tollgate::http {
namespace {

// Takes the next element off the front of a comma-separated list; empty elements are kept, the caller skips them.
std::string_view take_element(std::string_view& list) noexcept {
    auto const comma = list.find(',');
    auto const element = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    return element;
}

bool list_holds(std::string_view list, std::string_view token) noexcept {
    while (!list.empty()) {
        if (equal_ignoring_case(take_element(list), token)) return true;
    }
    return false;
}

bool is_hop_by_hop(FieldName id) noexcept {
    switch (id) {
        case FieldName::connection:
        case FieldName::keep_alive:
        case FieldName::proxy_connection:
        case FieldName::te:
        case FieldName::trailer:
        case FieldName::transfer_encoding:
        case FieldName::upgrade:
        case FieldName::proxy_authenticate:
        case FieldName::proxy_authorization:
        case FieldName::proxy_authentication_info:
        case FieldName::http2_settings: return true;
        default: return false;
    }
}

// What Connection cannot take away: a client would hide from the service what the message is, who sends it or where it
// came from.
bool is_kept(Field const& field) noexcept {
    switch (field.id) {
        case FieldName::host:
        case FieldName::content_length:
        case FieldName::authorization:
        case FieldName::forwarded:
        case FieldName::via: return true;
        default: return is_forwarding_field(field.name);
    }
}

constexpr char folded(char c) noexcept { return c == '_' ? '-' : lower(c); }

bool equal_folded(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, folded, folded);
}

bool begins_folded(std::string_view name, std::string_view prefix) noexcept {
    return name.size() >= prefix.size() && equal_folded(name.substr(0, prefix.size()), prefix);
}

}  // namespace

bool connection_names(FieldList const& fields, std::string_view token) noexcept {
    return std::ranges::any_of(fields, [token](Field const& field) {
        return field.id == FieldName::connection && list_holds(field.value, token);
    });
}

std::size_t connection_options(FieldList const& fields) noexcept {
    std::size_t count = 0;
    for (auto const& field : fields) {
        if (field.id != FieldName::connection) continue;
        count += 1 + static_cast<std::size_t>(std::ranges::count(field.value, ','));
    }
    return count;
}

void remove_hop_by_hop(FieldList& fields) {
    boost::container::small_vector<std::string_view, 4> connections;
    for (auto const& field : fields) {
        if (field.id == FieldName::connection) connections.push_back(field.value);
    }
    fields.remove_if([&connections](Field const& field) {
        if (is_hop_by_hop(field.id)) return true;
        auto const names = [&field](std::string_view list) { return list_holds(list, field.name); };
        return std::ranges::any_of(connections, names) && !is_kept(field);
    });
}

bool is_forwarding_field(std::string_view name) noexcept {
    return begins_folded(name, "x-forwarded") || equal_folded(name, "x-real-ip");
}

bool is_identity_field(std::string_view name, std::vector<std::string> const& renamed) noexcept {
    return begins_folded(name, "x-user-") ||
           std::ranges::any_of(renamed, [name](std::string const& other) { return equal_folded(name, other); });
}

void remove_identity_fields(FieldList& fields, std::vector<std::string> const& renamed) {
    fields.remove_if([&renamed](Field const& field) { return is_identity_field(field.name, renamed); });
}

std::string_view upgrade_wanted(FieldList const& fields) noexcept {
    if (fields.count(FieldName::upgrade) != 1 || !connection_names(fields, "upgrade")) return {};
    return *fields.find(FieldName::upgrade);
}

}  // namespace tollgate::http
