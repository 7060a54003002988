#include "limit/rate_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tollgate::limit {

void set_rate_fields(http::FieldList& fields, http::Arena& arena, Level const& level) {
    std::array<std::pair<std::string_view, std::string>, 3> const ours{
        {{"x-ratelimit-limit-requests", fmt::format("{}", level.limit)},
         {"x-ratelimit-remaining-requests", fmt::format("{}", level.remaining)},
         {"x-ratelimit-reset-requests", reset_text(level.reset)}}};
    fields.remove_if([&](http::Field const& field) {
        return std::ranges::any_of(ours,
                                   [&](auto const& our) { return http::equal_ignoring_case(field.name, our.first); });
    });
    for (auto const& [name, value] : ours) {
        fields.append(http::FieldName::unknown, name, http::keep(arena, value));
    }
}

std::string reset_text(std::chrono::nanoseconds wait) {
    using namespace std::chrono;
    auto const millis = ceil<milliseconds>(wait).count();
    if (millis == 0) return "0s";
    if (millis < 1000) return fmt::format("{}ms", millis);
    auto const total = ceil<seconds>(wait).count();
    if (total < 60) return fmt::format("{}s", total);
    if (total < 3600) return fmt::format("{}m{}s", total / 60, total % 60);
    return fmt::format("{}h{}m{}s", total / 3600, total / 60 % 60, total % 60);
}

}  // namespace tollgate::limit
