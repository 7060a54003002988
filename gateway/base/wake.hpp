// Wakes a thread that waits in poll(2) or epoll(7) for a descriptor: an eventfd(2).
#pragma once

#include "base/descriptor.hpp"

namespace tollgate {

class Wake {
public:
    Wake();  // throws std::system_error when there is no descriptor left

    // Readable from wake() on until heard(), however often it was called. Any thread.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }
    void wake() const noexcept;
    void heard() const noexcept;

private:
    Descriptor descriptor_;
};

}  // namespace tollgate
