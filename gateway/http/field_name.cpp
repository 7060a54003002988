#include "http/field_name.hpp"

#include "base/byte_block.hpp"
#include "base/characters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tollgate::http {
namespace {

constexpr std::size_t name_count = static_cast<std::size_t>(FieldName::xref) + 1;

// Of the first and the last eight characters of a name (four, if it is shorter) and its length, without regard to case.
std::size_t hash_of(std::string_view name) noexcept {
    constexpr std::uint64_t first_factor = 0x9e37'79b9'7f4a'7c15;
    constexpr std::uint64_t last_factor = 0xc2b2'ae3d'27d4'eb4f;
    auto const* const begin = name.data();
    auto const size = name.size();
    std::uint64_t first = 0;
    std::uint64_t last = size;
    if (size >= WordBlock::size) {
        first = load_word<std::uint64_t>(begin);
        last ^= load_word<std::uint64_t>(begin + size - WordBlock::size) | in_each_byte(0x20);
    } else if (size >= WordBlock::size / 2) {
        first = load_few(begin, size);
    } else {
        for (char const c : name) first = first << 8 | static_cast<unsigned char>(c);
    }
    return static_cast<std::size_t>((first | in_each_byte(0x20)) * first_factor ^ last * last_factor);
}

// Open addressing, three places for a name: a name that is not in the list mostly finds an empty one.
class Table {
public:
    Table() {
        for (std::size_t id = 1; id < name_count; ++id) {
            auto const known = to_string(static_cast<FieldName>(id));
            names_[id] = {known.data(), known.size()};
            auto place = first_place(names_[id]);
            while (places_[place] != 0) place = next(place);
            places_[place] = static_cast<std::uint16_t>(id);
        }
    }

    [[nodiscard]] FieldName find(std::string_view name) const noexcept {
        for (auto place = first_place(name); places_[place] != 0; place = next(place)) {
            if (equal_ignoring_case(names_[places_[place]], name)) return static_cast<FieldName>(places_[place]);
        }
        return FieldName::unknown;
    }

private:
    static constexpr unsigned bits = 10;
    static constexpr std::size_t size = std::size_t{1} << bits;
    static_assert(size > 2 * name_count);

    static std::size_t first_place(std::string_view name) noexcept { return hash_of(name) >> (64 - bits); }
    static std::size_t next(std::size_t place) noexcept { return (place + 1) % size; }

    std::array<std::uint16_t, size> places_{};
    std::array<std::string_view, name_count> names_;
};

}  // namespace

FieldName field_name_of(std::string_view name) noexcept {
    static Table const table;
    return table.find(name);
}

}  // namespace tollgate::http
