// What a client says that it takes (RFC 9110, section 12.5.1). Pure.
#pragma once

#include "http/fields.hpp"

#include <string_view>

namespace tollgate::http {

// Whether Accept names `media_type` itself, not a range that it is in, and does not refuse it.
[[nodiscard]] bool names_in_accept(FieldList const& fields, std::string_view media_type);

}  // namespace tollgate::http
