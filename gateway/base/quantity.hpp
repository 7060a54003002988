// Numbers with units as the configuration writes them, and back. Strict: digits and one unit, no sign, no space, no
// fraction; what does not fit the type is no value. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

// "12", "-3".
[[nodiscard]] std::optional<std::int64_t> read_integer(std::string_view text);

// "250ms", "30s", "5m", "1h", "7d".
[[nodiscard]] std::optional<std::chrono::milliseconds> read_duration(std::string_view text);

// "512", "64KiB", "10MiB", "1GiB".
[[nodiscard]] std::optional<std::uint64_t> read_size(std::string_view text);

// With the largest unit that divides it: 90 s is "90s", 3600 s is "1h".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace tollgate
