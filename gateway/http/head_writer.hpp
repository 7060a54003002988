// Heads as bytes. The only place that writes a head with anything in it that others have said, up or down: what is sent
// is written anew from what was understood.
#pragma once

#include "http/fields.hpp"
#include "http/head.hpp"
#include "http/target.hpp"

#include <string>
#include <string_view>

namespace tollgate::http {

// Names and values come from a FieldList, which holds none with a CR, LF or NUL. The text lives as long as the arena.

// A request head for HTTP/1.1, its empty line included. `base_path` comes before the path: "" or "/v1".
[[nodiscard]] std::string_view write_request_head(Arena& arena, std::string_view method, std::string_view base_path,
                                                  Target const& target, FieldList const& fields);

// A response head for HTTP/1.1; the phrase is the standard one when `head` has none.
[[nodiscard]] std::string_view write_response_head(Arena& arena, ResponseHead const& head);

// A whole GET of the gateway's own (a probe, `init`, `health`), after whose answer the connection ends. Neither text
// holds a CR or LF: they are the operator's, and checked.
[[nodiscard]] std::string own_get_request(std::string_view target, std::string_view authority);

}  // namespace tollgate::http
