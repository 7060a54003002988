#include "http/accept.hpp"

#include "http/list.hpp"
#include "http/parameters.hpp"

#include <algorithm>

namespace tollgate::http {
namespace {

constexpr std::string_view blanks = " \t";

// A weight of zero: "not this" (RFC 9110, section 12.4.2).
bool is_refused(std::string_view parameters) {
    while (auto const parameter = take_parameter(parameters)) {
        if (equal_ignoring_case(parameter->name, "q"))
            return parameter->value.find_first_not_of("0.") == std::string::npos;
    }
    return false;
}

bool names(std::string_view element, std::string_view media_type) {
    auto const semicolon = std::min(element.find(';'), element.size());
    auto named = element.substr(0, semicolon);
    named = named.substr(0, named.find_last_not_of(blanks) + 1);
    return equal_ignoring_case(named, media_type) && !is_refused(element.substr(semicolon));
}

}  // namespace

bool names_in_accept(FieldList const& fields, std::string_view media_type) {
    for (auto const& field : fields) {
        if (field.id != FieldName::accept) continue;
        for (auto rest = field.value; !rest.empty();) {
            if (names(take_element(rest), media_type)) return true;
        }
    }
    return false;
}

}  // namespace tollgate::http
