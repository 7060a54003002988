#include "limit/request_rate.hpp"

#include "base/quantity.hpp"

namespace tollgate::limit {
namespace {

constexpr std::int64_t most_count = 1'000'000'000;
constexpr std::chrono::milliseconds longest_period = std::chrono::days(1);

}  // namespace

std::optional<RequestRate> read_request_rate(std::string_view text) {
    auto const slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto const count = read_integer(text.substr(0, slash));
    auto const period = read_duration(text.substr(slash + 1));
    if (!count || *count < 1 || *count > most_count) return std::nullopt;
    if (!period || period->count() < 1 || *period > longest_period) return std::nullopt;
    return RequestRate{*count, *period};
}

}  // namespace tollgate::limit
