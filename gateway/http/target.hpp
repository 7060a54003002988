// The request target (RFC 9112, section 3.2) and its path, normalised once: what is matched is what is sent upstream.
// Percent-encoded unreserved characters are decoded and other escapes upper-cased (RFC 3986, section 6.2.2); an empty,
// `.` or `..` segment (encoded too, and with a `;` part after it), an encoded slash, backslash or NUL, a backslash, a
// bad escape, overlong UTF-8, `#`, controls and raw non-ASCII are refused. The query is kept as received.
#pragma once

#include "base/error.hpp"
#include "http/fields.hpp"

#include <string_view>

namespace tollgate::http {

struct Target {
    std::string_view path;       // "/generate", normalised; "*" for the asterisk-form
    std::string_view query;      // without the `?`, as received
    bool has_query = false;      // "/x?" has an empty query, "/x" has none
    std::string_view authority;  // of the absolute-form; empty otherwise
};

// Understands `raw` for `method`. Views point into `raw`, or into `arena` where normalising changed the text. The
// asterisk-form is accepted for OPTIONS only, the absolute-form for http and https, the authority-form (CONNECT) never.
// Error: errc::bad_target.
[[nodiscard]] Result<Target> read_target(std::string_view method, std::string_view raw, Arena& arena);

}  // namespace tollgate::http
