#include "limit/request_rate.hpp"

#include <array>
#include <charconv>
#include <system_error>

namespace tollgate::limit {
namespace {

constexpr std::int64_t most_count = 1'000'000'000;
constexpr std::chrono::milliseconds longest_period = std::chrono::days(1);

struct Unit {
    std::string_view name;
    std::chrono::milliseconds length;
};

constexpr std::array units{Unit{"ms", std::chrono::milliseconds(1)}, Unit{"s", std::chrono::seconds(1)},
                           Unit{"m", std::chrono::minutes(1)}, Unit{"h", std::chrono::hours(1)},
                           Unit{"d", std::chrono::days(1)}};

// Takes the digits off the front of `text`: a number from 1 to `most`.
std::optional<std::int64_t> take_number(std::string_view& text, std::int64_t most) {
    std::uint64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number == 0 || number > static_cast<std::uint64_t>(most)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return static_cast<std::int64_t>(number);
}

}  // namespace

std::optional<RequestRate> read_request_rate(std::string_view text) {
    auto const count = take_number(text, most_count);
    if (!count || !text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
    auto const length = take_number(text, longest_period.count());
    if (!length) return std::nullopt;
    for (auto const& unit : units) {
        if (unit.name != text) continue;
        auto const period = *length * unit.length;  // both bounded by a day in milliseconds
        return period <= longest_period ? std::optional(RequestRate{*count, period}) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace tollgate::limit
