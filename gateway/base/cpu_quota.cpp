#include "base/cpu_quota.hpp"

#include "base/quantity.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>

namespace tollgate {
namespace {

constexpr std::string_view version_2 = "0::";  // cgroups(7): the one hierarchy, which has no list of controllers

std::string text_of(std::filesystem::path const& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string_view without_newline(std::string_view text) noexcept { return text.substr(0, text.find('\n')); }

// "/PATH" without its slash; none when the process is in no such group.
std::optional<std::filesystem::path> group_of(std::string_view membership) {
    while (!membership.empty()) {
        auto const line = without_newline(membership);
        membership.remove_prefix(std::min(membership.size(), line.size() + 1));
        if (line.starts_with(version_2)) return std::filesystem::path(line.substr(version_2.size())).relative_path();
    }
    return {};
}

// What glibc says (hardware_concurrency()) may be the processors of the machine: it is the last resort.
unsigned allowed_processors() {
    constexpr int most = 1 << 20;
    for (int room = 1024; room <= most; room *= 2) {
        auto* const set = CPU_ALLOC(static_cast<unsigned>(room));
        if (!set) break;
        auto const bytes = CPU_ALLOC_SIZE(static_cast<unsigned>(room));
        int const count = ::sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (count > 0) return static_cast<unsigned>(count);
        if (errno != EINVAL) break;  // the kernel knows more processors than there was room for
    }
    return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

std::optional<unsigned> quota_of(std::string_view cpu_max) {
    cpu_max = without_newline(cpu_max);
    auto const space = cpu_max.find(' ');
    if (space == std::string_view::npos) return {};
    auto const quota = read_integer(cpu_max.substr(0, space));
    auto const period = read_integer(cpu_max.substr(space + 1));
    if (!quota || !period || *quota <= 0 || *period <= 0) return {};
    auto const whole = *quota / *period + (*quota % *period != 0 ? 1 : 0);
    return static_cast<unsigned>(std::min<std::int64_t>(whole, std::numeric_limits<unsigned>::max()));
}

std::optional<unsigned> least_quota(std::string_view membership, std::filesystem::path const& root) {
    auto group = group_of(membership);
    if (!group) return {};
    std::optional<unsigned> least;
    for (auto depth = std::distance(group->begin(), group->end()); depth >= 0; --depth) {
        if (auto const quota = quota_of(text_of(root / *group / "cpu.max")))
            least = std::min(*quota, least.value_or(*quota));
        *group = group->parent_path();
    }
    return least;
}

unsigned usable_processors() {
    auto const allowed = allowed_processors();
    auto const quota = least_quota(text_of("/proc/self/cgroup"), "/sys/fs/cgroup");
    return std::clamp(quota.value_or(allowed), 1U, allowed);
}

}  // namespace tollgate
