// How many pipes this process has, and what it takes that it can get no more.
#pragma once

#include <sys/resource.h>

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

// While one of these lives no descriptor can be had.
class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit none = before_;
        none.rlim_cur = 0;
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    NoDescriptors(NoDescriptors const&) = delete;
    NoDescriptors& operator=(NoDescriptors const&) = delete;
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace tollgate::testing
