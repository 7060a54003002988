#include "auth/store/sqlite_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace tollgate::auth {
namespace {

std::unexpected<std::string> problem(std::filesystem::path const& path, std::string_view what) {
    return std::unexpected(fmt::format("the user store {}: {}", path.native(), what));
}

std::string sentence(int code) { return std::generic_category().message(code); }

}  // namespace

std::string_view network_filesystem(long magic) noexcept {
    switch (static_cast<unsigned long>(magic) & 0xffffffff) {  // 32 bits, sign-extended on some systems
        case 0x6969: return "NFS";
        case 0x517b: return "SMB";
        case 0xfe534d42: return "SMB";
        case 0xff534d42: return "CIFS";
        case 0x5346414f: return "AFS";
        default: return {};
    }
}

std::expected<void, std::string> prepare_sqlite_file(std::filesystem::path const& file) {
    auto const folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    struct statfs system{};
    if (::statfs(folder.c_str(), &system) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return problem(file, fmt::format("there is no folder {}", folder.native()));
        return problem(file, sentence(errno));
    }
    if (auto const name = network_filesystem(system.f_type); !name.empty()) {
        return problem(file,
                       fmt::format("it lies on a network filesystem ({}), where SQLite's locks do not hold", name));
    }

    // An existing file is not opened here: closing it would drop the locks that this process holds on it.
    int const created = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (created >= 0) {
        ::close(created);
        return {};
    }
    if (errno != EEXIST) return problem(file, sentence(errno));
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return problem(file, sentence(errno));
    if (!S_ISREG(status.st_mode)) return problem(file, "it is no regular file");
    if (::access(file.c_str(), R_OK | W_OK) != 0) return problem(file, sentence(errno));
    return {};
}

}  // namespace tollgate::auth
