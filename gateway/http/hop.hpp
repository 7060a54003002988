// Which fields stop at a hop (RFC 9110, section 7.6.1) and which identity fields never pass from a client. The only place where these
// names are listed. Pure.
#pragma once

#include "http/fields.hpp"

#include <string_view>
#include <vector>

namespace tollgate::http {

// Whether a message names `token` (case ignored) in one of its Connection fields.
[[nodiscard]] bool connection_names(FieldList const& fields, std::string_view token) noexcept;

// Removes Connection, what it names, and the fields that are hop-by-hop by definition: Keep-Alive, Proxy-Connection, TE, Trailer,
// Transfer-Encoding, Upgrade, Proxy-Authenticate, Proxy-Authorization, Proxy-Authentication-Info, HTTP2-Settings. What Connection names
// cannot remove Host, Content-Length or a field that the gateway itself needs: those are removed or kept by their own rules.
void remove_hop_by_hop(FieldList& fields);

// Whether a client's field claims an identity: every X-User-*, with `_` counted as `-`, and each name in `renamed` alike.
[[nodiscard]] bool is_identity_field(std::string_view name, std::vector<std::string> const& renamed = {}) noexcept;

void remove_identity_fields(FieldList& fields, std::vector<std::string> const& renamed = {});

// The protocol of an upgrade (RFC 9110, section 7.8): the value of Upgrade when Connection names it too; empty otherwise.
[[nodiscard]] std::string_view upgrade_wanted(FieldList const& fields) noexcept;

}  // namespace tollgate::http
