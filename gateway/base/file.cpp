#include "base/file.hpp"

#include "base/descriptor.hpp"
#include "base/quantity.hpp"
#include "base/secret.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tollgate {
namespace {

std::unexpected<std::string> unreadable(std::string_view why) {
    return std::unexpected(fmt::format("cannot be read: {}", why));
}

std::unexpected<std::string> unreadable(int code) { return unreadable(std::generic_category().message(code)); }

}  // namespace

std::expected<std::string, std::string> read_file(std::filesystem::path const& file, std::size_t most_bytes) {
    Descriptor const open(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!open || ::fstat(open.get(), &status) != 0) return unreadable(errno);
    if (S_ISDIR(status.st_mode)) return unreadable(EISDIR);
    if (!S_ISREG(status.st_mode)) return unreadable("it is no regular file");
    std::string text(most_bytes + 1, '\0');  // not by its size, which some systems of files do not know
    std::size_t size = 0;
    while (size < text.size()) {
        auto const count = ::read(open.get(), text.data() + size, text.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            int const code = errno;
            wipe(text);
            return unreadable(code);
        }
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > most_bytes) {
        wipe(text);
        return std::unexpected(fmt::format("is larger than {}", size_text(most_bytes)));
    }
    text.resize(size);
    return text;
}

}  // namespace tollgate
