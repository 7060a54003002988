#include "cors/vary.hpp"

#include "http/list.hpp"

#include <algorithm>
#include <string_view>

namespace tollgate::cors {

void vary_by_origin(http::FieldList& fields, http::Arena& arena) {
    auto const is_vary = [](http::Field const& field) { return field.id == http::FieldName::vary; };
    bool const said = std::ranges::any_of(fields, [&](http::Field const& field) {
        return is_vary(field) && (http::list_holds(field.value, "*") || http::list_holds(field.value, "Origin"));
    });
    if (said) return;
    std::string_view all;
    for (auto const& field : fields) {
        if (is_vary(field) && !field.value.empty()) all = http::keep(arena, {all, field.value, ", "});
    }
    fields.remove(http::FieldName::vary);
    fields.append(http::FieldName::vary, "Vary", http::keep(arena, {all, "Origin"}));
}

}  // namespace tollgate::cors
