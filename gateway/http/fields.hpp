// The header fields of one message, in the order they came. Names and values are views: into the connection's read
// buffer for what was received, into the exchange's arena for what we add. Whoever holds a FieldList holds both of
// these longer.
#pragma once

#include "base/characters.hpp"
#include "base/error.hpp"
#include "http/field_name.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory_resource>
#include <optional>
#include <string_view>

namespace tollgate::http {

// Memory of one exchange: given back all at once when it ends.
using Arena = std::pmr::monotonic_buffer_resource;

// A copy of `text` that lives as long as the arena.
[[nodiscard]] std::string_view keep(Arena& arena, std::string_view text);

// The same of all `parts`, one after the other.
[[nodiscard]] std::string_view keep(Arena& arena, std::initializer_list<std::string_view> parts);

struct Field {
    FieldName id;  // FieldName::unknown for names that Beast's table lacks
    std::string_view name;
    std::string_view value;
};

// The rules for names, under this folder's name too: they are what fields are compared by.
using tollgate::equal_ignoring_case;
using tollgate::is_token;

// Whether `text` may be a field value: no CR, LF, NUL or other control but HTAB (RFC 9110, section 5.5).
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

class FieldList {
public:
    // Appends without a check or a copy: for the head reader, whose input was checked, and for constant text.
    void append(FieldName id, std::string_view name, std::string_view value) {
        fields_.push_back({id, name, value});
        seen_ |= bit_of(id);
    }

    // Appends a copy in `arena`; errc::internal_error when the name is no token or the value holds a control character,
    // so that nothing can smuggle a second field.
    [[nodiscard]] Result<void> add(Arena& arena, std::string_view name, std::string_view value);

    // The value of the first field of that name. By id for names that Beast knows, by text (case ignored) for all.
    [[nodiscard]] std::optional<std::string_view> find(FieldName id) const noexcept;
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t count(FieldName id) const noexcept;

    // Whether a field of that name may be there. Most questions are about fields that are not, and this is the answer
    // without a look at all the others: false is certain.
    [[nodiscard]] bool may_hold(FieldName id) const noexcept { return (seen_ & bit_of(id)) != 0; }

    template <class Predicate>
    void remove_if(Predicate doomed) {
        auto const kept = std::remove_if(fields_.begin(), fields_.end(), doomed);
        if (kept != fields_.end()) fields_.erase(kept, fields_.end());
    }
    void remove(FieldName id) {
        remove_if([id](Field const& field) { return field.id == id; });
    }
    void clear() noexcept {
        fields_.clear();
        seen_ = 0;
    }

    [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
    [[nodiscard]] auto end() const noexcept { return fields_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }

private:
    static constexpr std::uint64_t bit_of(FieldName id) noexcept { return 1ULL << (static_cast<unsigned>(id) % 64); }

    boost::container::small_vector<Field, 24> fields_;
    std::uint64_t seen_ = 0;  // a bit for each name that was ever appended, which it shares with others
};

}  // namespace tollgate::http
