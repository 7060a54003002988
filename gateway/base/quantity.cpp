#include "base/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>
#include <system_error>

namespace tollgate {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first.
constexpr std::array duration_units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                                    Unit{"ms", 1}};
constexpr std::array size_units{Unit{"GiB", 1ULL << 30}, Unit{"MiB", 1ULL << 20}, Unit{"KiB", 1ULL << 10}, Unit{"", 1}};

std::optional<std::uint64_t> read(std::string_view text, std::span<Unit const> units) {
    std::uint64_t count = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{}) return std::nullopt;
    auto const name = text.substr(static_cast<std::size_t>(end - text.data()));
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    for (auto const& unit : units) {
        if (unit.name == name) return count <= most / unit.factor ? std::optional(count * unit.factor) : std::nullopt;
    }
    return std::nullopt;
}

std::string written(std::uint64_t count, std::span<Unit const> units) {
    for (auto const& unit : units) {
        if (count != 0 && count % unit.factor == 0) return std::to_string(count / unit.factor) + std::string(unit.name);
    }
    return "0";
}

}  // namespace

std::optional<std::int64_t> read_integer(std::string_view text) {
    std::int64_t value = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || end != last) return std::nullopt;
    return value;
}

std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
    auto const count = read(text, duration_units);
    if (!count) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
}

std::optional<std::uint64_t> read_size(std::string_view text) { return read(text, size_units); }

std::string duration_text(std::chrono::milliseconds duration) {
    if (duration.count() <= 0) return "0s";
    return written(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::string size_text(std::uint64_t bytes) { return written(bytes, size_units); }

}  // namespace tollgate
