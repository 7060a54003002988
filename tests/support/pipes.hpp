// How many pipes this process has.
#pragma once

#include <cstddef>
#include <filesystem>
#include <system_error>

namespace tollgate::testing {

// Ends of pipes that are open.
[[nodiscard]] inline std::size_t pipe_ends() {
    std::size_t count = 0;
    for (auto const& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        count += std::filesystem::read_symlink(entry.path(), gone).string().starts_with("pipe:");
    }
    return count;
}

}  // namespace tollgate::testing
