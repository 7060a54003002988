// The Vary field (RFC 9110, section 12.5.5) of an answer that depends on who asks. Pure.
#pragma once

#include "http/fields.hpp"

namespace tollgate::cors {

// Adds Origin to what is there, in one field; `*` already says more, and nothing is said twice.
void vary_by_origin(http::FieldList& fields, http::Arena& arena);

}  // namespace tollgate::cors
