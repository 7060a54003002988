// Pieces of memory to be sent in one system call, or in one record of TLS. The memory outlives the gather.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace tollgate::net {

class Gather {
public:
    static constexpr std::size_t most_pieces = 8;

    void add(std::string_view piece) noexcept;
    [[nodiscard]] bool empty() const noexcept { return first_ == count_; }
    [[nodiscard]] std::span<iovec const> pieces() const noexcept { return {pieces_.data() + first_, count_ - first_}; }
    [[nodiscard]] std::size_t size() const noexcept;  // bytes that are not sent yet
    void advance(std::size_t bytes) noexcept;         // the first `bytes` were sent

private:
    std::array<iovec, most_pieces> pieces_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace tollgate::net
