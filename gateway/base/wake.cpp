#include "base/wake.hpp"

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

namespace tollgate {

Wake::Wake() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!descriptor_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Wake::wake() const noexcept { (void)::eventfd_write(descriptor(), 1); }

void Wake::heard() const noexcept {
    eventfd_t count = 0;
    (void)::eventfd_read(descriptor(), &count);
}

}  // namespace tollgate
