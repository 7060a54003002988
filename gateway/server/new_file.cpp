#include "server/new_file.hpp"

#include "base/descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tollgate::server {
namespace {

std::unexpected<std::string> refusal(std::filesystem::path const& file, int code) {
    return std::unexpected(fmt::format("{}: {}", file.string(), std::generic_category().message(code)));
}

// Errors of a full disk may come with the fsync only.
bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        auto const written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(descriptor) == 0;
}

}  // namespace

std::expected<void, std::string> write_new(std::filesystem::path const& file, std::string_view text, mode_t mode) {
    Descriptor const descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!descriptor && errno == EEXIST) return std::unexpected(file.string() + " exists already: it is left as it is");
    if (!descriptor) return refusal(file, errno);
    if (write_all(descriptor.get(), text)) return {};
    int const code = errno;
    ::unlink(file.c_str());  // it is ours, and half of it is worse than nothing
    return refusal(file, code);
}

std::expected<Filled, std::string> fill_if_empty(std::filesystem::path const& file, std::string_view text) {
    // Not O_EXCL: whoever comes second waits for the lock, and then finds the content of the first.
    Descriptor const descriptor(
        ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, owner_only));
    if (!descriptor) return refusal(file, errno);
    struct stat status{};
    if (::fstat(descriptor.get(), &status) != 0) return refusal(file, errno);
    if (!S_ISREG(status.st_mode)) return std::unexpected(file.string() + " is no regular file");
    if (::flock(descriptor.get(), LOCK_EX) != 0) return refusal(file, errno);
    if (::fstat(descriptor.get(), &status) != 0) return refusal(file, errno);
    if (status.st_size > 0) return Filled::kept;
    if (::fchmod(descriptor.get(), owner_only) != 0) return refusal(file, errno);
    if (write_all(descriptor.get(), text)) return Filled::written;
    int const code = errno;
    if (::ftruncate(descriptor.get(), 0) != 0) return refusal(file, errno);
    return refusal(file, code);
}

}  // namespace tollgate::server
