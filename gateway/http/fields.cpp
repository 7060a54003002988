#include "http/fields.hpp"

#include "base/scan.hpp"
#include "base/text_writer.hpp"

namespace tollgate::http {

std::string_view keep(Arena& arena, std::string_view text) {
    if (text.empty()) return {};
    auto* const copy = static_cast<char*>(arena.allocate(text.size(), 1));
    copy_text(copy, text);
    return {copy, text.size()};
}

std::string_view keep(Arena& arena, std::initializer_list<std::string_view> parts) {
    std::size_t total = 0;
    for (auto const part : parts) total += part.size();
    if (total == 0) return {};
    auto* const copy = static_cast<char*>(arena.allocate(total, 1));
    auto* at = copy;
    for (auto const part : parts) at = copy_text(at, part);
    return {copy, total};
}

bool is_field_value(std::string_view text) noexcept { return value_length(text) == text.size(); }

Result<void> FieldList::add(Arena& arena, std::string_view name, std::string_view value) {
    if (!is_token(name) || !is_field_value(value)) return failure(errc::internal_error);
    append(field_name_of(name), keep(arena, name), keep(arena, value));
    return {};
}

std::optional<std::string_view> FieldList::find(FieldName id) const noexcept {
    if (!may_hold(id)) return std::nullopt;
    auto const found = std::ranges::find(fields_, id, &Field::id);
    return found == fields_.end() ? std::nullopt : std::optional(found->value);
}

std::optional<std::string_view> FieldList::find(std::string_view name) const noexcept {
    auto const found =
        std::ranges::find_if(fields_, [name](Field const& f) { return equal_ignoring_case(f.name, name); });
    return found == fields_.end() ? std::nullopt : std::optional(found->value);
}

std::size_t FieldList::count(FieldName id) const noexcept {
    return may_hold(id) ? static_cast<std::size_t>(std::ranges::count(fields_, id, &Field::id)) : 0;
}

}  // namespace tollgate::http
