// Whether a request asks in its body for an answer in pieces, as the SDKs of AI services do, whose Accept names JSON
// whatever they want: `"stream": true`. Pure.
#pragma once

#include "http/fields.hpp"

#include <string_view>

namespace tollgate::proxy {

// Whether the one Content-Type is application/json and `body`, which is complete, at most 64 KiB of strict JSON
// (base/strict_json), an object whose own member `stream` is true.
[[nodiscard]] bool asks_for_stream(http::FieldList const& fields, std::string_view body);

}  // namespace tollgate::proxy
