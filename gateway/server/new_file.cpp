#include "server/new_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tollgate::server {
namespace {

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor const&) = delete;
    Descriptor& operator=(Descriptor const&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

private:
    int number_;
};

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
    if (!descriptor.is_open() && errno == EEXIST)
        return std::unexpected(file.string() + " exists already: it is left as it is");
    if (!descriptor.is_open()) return refusal(file, errno);
    if (write_all(descriptor.number(), text)) return {};
    int const code = errno;
    ::unlink(file.c_str());  // it is ours, and half of it is worse than nothing
    return refusal(file, code);
}

std::expected<Filled, std::string> fill_if_empty(std::filesystem::path const& file, std::string_view text) {
    // Not O_EXCL: whoever comes second waits for the lock, and then finds the content of the first.
    Descriptor const descriptor(
        ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, owner_only));
    if (!descriptor.is_open()) return refusal(file, errno);
    struct stat status{};
    if (::fstat(descriptor.number(), &status) != 0) return refusal(file, errno);
    if (!S_ISREG(status.st_mode)) return std::unexpected(file.string() + " is no regular file");
    if (::flock(descriptor.number(), LOCK_EX) != 0) return refusal(file, errno);
    if (::fstat(descriptor.number(), &status) != 0) return refusal(file, errno);
    if (status.st_size > 0) return Filled::kept;
    if (::fchmod(descriptor.number(), owner_only) != 0) return refusal(file, errno);
    if (write_all(descriptor.number(), text)) return Filled::written;
    int const code = errno;
    if (::ftruncate(descriptor.number(), 0) != 0) return refusal(file, errno);
    return refusal(file, code);
}

}  // namespace tollgate::server
