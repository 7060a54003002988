// Which fields stop at a hop (RFC 9110, section 7.6.1) and which fields of a client claim an identity or a way it came.
// The only place where these names are listed. Pure.
#pragma once

#include "http/fields.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::http {

// Whether a message names `token` (case ignored) in one of its Connection fields.
[[nodiscard]] bool connection_names(FieldList const& fields, std::string_view token) noexcept;

// How many options the Connection fields hold, empty ones included. http/framing refuses a message with more than the
// bound: removing what they name costs options times fields.
[[nodiscard]] std::size_t connection_options(FieldList const& fields) noexcept;
inline constexpr std::size_t most_connection_options = 32;

// Removes Connection, what it names, and the fields that are hop-by-hop by definition: Keep-Alive, Proxy-Connection,
// TE, Trailer, Transfer-Encoding, Upgrade, Proxy-Authenticate, Proxy-Authorization, Proxy-Authentication-Info,
// HTTP2-Settings. What Connection names cannot remove Host, Content-Length, Authorization or the forwarding fields:
// those are removed or kept by their own rules.
void remove_hop_by_hop(FieldList& fields);

// Whether the field says through which proxies a request came: X-Forwarded*, X-Real-IP, with `_` counted as `-`.
// Forwarded and Via, which have an id, are not counted here.
[[nodiscard]] bool is_forwarding_field(std::string_view name) noexcept;

// Whether a client's field claims an identity: every X-User-*, with `_` counted as `-`, and each name in `renamed`
// alike.
[[nodiscard]] bool is_identity_field(std::string_view name, std::vector<std::string> const& renamed = {}) noexcept;

void remove_identity_fields(FieldList& fields, std::vector<std::string> const& renamed = {});

// The protocol of an upgrade (RFC 9110, section 7.8): the value of Upgrade when Connection names it too; empty
// otherwise.
[[nodiscard]] std::string_view upgrade_wanted(FieldList const& fields) noexcept;

}  // namespace tollgate::http
