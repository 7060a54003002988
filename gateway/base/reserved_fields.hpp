// The header fields that mean something to the gateway itself, so that neither a client nor an operator decides about
// them: listed here and nowhere else. Names are compared without case, and with every character of a token that is
// neither letter nor digit counted as `-`: servers behind us that make CGI variables of fields write one `_` for all of
// them (lighttpd), or for some (PHP: `-`, `_` and `.`). http/hop knows the hop-by-hop ones by id, and a test holds it
// to this list. Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace tollgate {

enum class FieldRole {
    ordinary,
    hop_by_hop,  // ends at the next hop (RFC 9110, section 7.6.1)
    framing,     // how the body comes, and whether it does
    routing,     // for whom the request is
    identity,    // who the user is: every X-User-*
    forwarding,  // which way a request came: every X-Forwarded* too
    ours,        // written by the gateway
};

struct ReservedField {
    std::string_view name;  // in lower case
    FieldRole role;
};

inline constexpr std::array reserved_fields{
    ReservedField{"connection", FieldRole::hop_by_hop},
    ReservedField{"http2-settings", FieldRole::hop_by_hop},
    ReservedField{"keep-alive", FieldRole::hop_by_hop},
    ReservedField{"proxy-authenticate", FieldRole::hop_by_hop},
    ReservedField{"proxy-authentication-info", FieldRole::hop_by_hop},
    ReservedField{"proxy-authorization", FieldRole::hop_by_hop},
    ReservedField{"proxy-connection", FieldRole::hop_by_hop},
    ReservedField{"te", FieldRole::hop_by_hop},
    ReservedField{"trailer", FieldRole::hop_by_hop},
    ReservedField{"transfer-encoding", FieldRole::hop_by_hop},
    ReservedField{"upgrade", FieldRole::hop_by_hop},
    ReservedField{"content-length", FieldRole::framing},
    ReservedField{"expect", FieldRole::framing},
    ReservedField{"host", FieldRole::routing},
    ReservedField{"forwarded", FieldRole::forwarding},
    ReservedField{"via", FieldRole::forwarding},
    ReservedField{"x-real-ip", FieldRole::forwarding},
    ReservedField{"x-request-id", FieldRole::ours},
};

[[nodiscard]] FieldRole role_of(std::string_view field_name) noexcept;

// Whether role_of() says identity or forwarding, without a walk through the list: asked for every field of a request.
[[nodiscard]] bool is_identity_name(std::string_view field_name) noexcept;
[[nodiscard]] bool is_forwarding_name(std::string_view field_name) noexcept;

// Whether a name is made of letters, digits and `-` alone, so that it is not another one in disguise.
[[nodiscard]] bool is_plain_name(std::string_view field_name) noexcept;

// Whether two names are one to what reads them behind us.
[[nodiscard]] bool equal_folded(std::string_view a, std::string_view b) noexcept;

// The name in the one form that all names equal to it have.
[[nodiscard]] std::string folded(std::string_view field_name);

}  // namespace tollgate
