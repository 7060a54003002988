// The names of fields as the numbers of Beast's list, so that a name is compared once, when it is read.
#pragma once

#include <boost/beast/http/field.hpp>

#include <string_view>

namespace tollgate::http {

using FieldName = boost::beast::http::field;

// Case is ignored; FieldName::unknown for what the list lacks. What Beast's own string_to_field() says of tokens, with
// a table that nearly every name is found in, or missed, at the first look.
[[nodiscard]] FieldName field_name_of(std::string_view name) noexcept;

}  // namespace tollgate::http
