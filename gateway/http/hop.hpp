// Takes out of a message the fields that stop at a hop (RFC 9110, section 7.6.1) and those in which a client claims an
// identity. Which names these are stands in base/reserved_fields. Pure.
#pragma once

#include "http/fields.hpp"

#include <cstddef>
#include <string_view>

namespace tollgate::http {

// Whether a message names `token` (case ignored) in one of its Connection fields.
[[nodiscard]] bool connection_names(FieldList const& fields, std::string_view token) noexcept;

// How many options the Connection fields hold, empty ones included. http/framing refuses a message with more than the
// bound: removing what they name costs options times fields.
[[nodiscard]] std::size_t connection_options(FieldList const& fields) noexcept;
inline constexpr std::size_t most_connection_options = 32;

// Removes Connection, what it names, and the fields that are hop-by-hop by definition. What Connection names cannot
// remove Host, Content-Length, Authorization or the forwarding fields: those are removed or kept by their own rules.
void remove_hop_by_hop(FieldList& fields);

// Removes the fields in which a client claims an identity: every X-User-*, in any spelling that base/reserved_fields
// counts as the same.
void remove_identity_fields(FieldList& fields);

// The protocol of an upgrade (RFC 9110, section 7.8): the value of Upgrade when Connection names it too; empty
// otherwise.
[[nodiscard]] std::string_view upgrade_wanted(FieldList const& fields) noexcept;

}  // namespace tollgate::http
