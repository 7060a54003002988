#include "http/hop.hpp"

#include "base/reserved_fields.hpp"
#include "http/list.hpp"

#include <algorithm>

namespace tollgate::http {
namespace {

// Those of base/reserved_fields, by id: compared for every field of every message.
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
        case FieldName::authorization: return true;
        default: return is_forwarding_name(field.name);
    }
}

}  // namespace

bool connection_names(FieldList const& fields, std::string_view token) noexcept {
    if (!fields.may_hold(FieldName::connection)) return false;
    return std::ranges::any_of(fields, [token](Field const& field) {
        return field.id == FieldName::connection && list_holds(field.value, token);
    });
}

std::size_t connection_options(FieldList const& fields) noexcept {
    if (!fields.may_hold(FieldName::connection)) return 0;
    std::size_t count = 0;
    for (auto const& field : fields) {
        if (field.id != FieldName::connection) continue;
        count += 1 + static_cast<std::size_t>(std::ranges::count(field.value, ','));
    }
    return count;
}

HopByHop::HopByHop(FieldList const& message) {
    if (!message.may_hold(FieldName::connection)) return;
    for (auto const& field : message) {
        if (field.id == FieldName::connection) connections_.push_back(field.value);
    }
}

bool HopByHop::contains(Field const& field) const noexcept {
    return is_hop_by_hop(field.id) || (!connections_.empty() && is_named(field) && !is_kept(field));
}

bool HopByHop::is_named(Field const& field) const noexcept {
    auto const names = [&field](std::string_view list) { return list_holds(list, field.name); };
    return std::ranges::any_of(connections_, names);
}

void remove_hop_by_hop(FieldList& fields) {
    HopByHop const hop_by_hop(fields);
    fields.remove_if([&hop_by_hop](Field const& field) { return hop_by_hop.contains(field); });
}

std::string_view upgrade_wanted(FieldList const& fields) noexcept {
    if (fields.count(FieldName::upgrade) != 1 || !connection_names(fields, "upgrade")) return {};
    return *fields.find(FieldName::upgrade);
}

}  // namespace tollgate::http
