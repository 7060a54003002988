// So many requests per time, as the configuration writes it: "60/1m". Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::limit {

struct RequestRate {
    std::int64_t count = 1;                  // 1 to 10^9
    std::chrono::milliseconds period{1000};  // 1 ms to 1 day

    bool operator==(RequestRate const&) const = default;
};

// "60/1m", "1000/1d": a count, a slash and a duration as everywhere in the configuration (250ms 30s 5m 1h 1d), without
// spaces. Nothing for anything else, and for what is out of range.
[[nodiscard]] std::optional<RequestRate> read_request_rate(std::string_view text);

}  // namespace tollgate::limit
