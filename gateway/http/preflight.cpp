#include "http/preflight.hpp"

namespace tollgate::http {

std::optional<std::string_view> preflight_method(RequestHead const& head) noexcept {
    auto const& fields = head.fields;
    if (head.method != "OPTIONS" || fields.count(FieldName::origin) != 1) return {};
    if (fields.count(FieldName::access_control_request_method) != 1) return {};
    return fields.find(FieldName::access_control_request_method);
}

}  // namespace tollgate::http
