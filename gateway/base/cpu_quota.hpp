// How many threads can run at once. Many more only take turns; under a CPU quota they also use it up in a burst, and
// then all of them stand still together until its next period.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace tollgate {

// Whole processors of a line of `cpu.max` ("150000 100000", quota and period in microseconds; Linux, Control Group v2,
// "CPU Interface Files"), rounded up; none for "max" and for what is no such line.
[[nodiscard]] std::optional<unsigned> quota_of(std::string_view cpu_max);

// The least quota of a control group and of those above it. `membership` is /proc/self/cgroup, whose line "0::/PATH"
// names the group; `root` is where the tree is mounted. What cannot be read sets no limit.
[[nodiscard]] std::optional<unsigned> least_quota(std::string_view membership, std::filesystem::path const& root);

// At least 1: processors that this process may run on (sched_setaffinity(2)), within the quota of its control groups.
[[nodiscard]] unsigned usable_processors();

}  // namespace tollgate
