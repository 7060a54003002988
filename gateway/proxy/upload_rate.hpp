// Whether a client that holds a place at a server, for which others wait, sends its body too slowly. Pure.
#pragma once

#include <chrono>
#include <cstdint>

namespace tollgate::proxy {

// An average: what came fast at first counts too.
class UploadRate {
public:
    static constexpr std::uint64_t least_bytes_a_second = 8 * 1024;

    // `bytes` of the body had come when this began.
    explicit UploadRate(std::uint64_t bytes) noexcept : begun_with_(bytes) {}

    // The client alone was waited for, for so long.
    void waited(std::chrono::nanoseconds time) noexcept { waited_ += time; }

    // `bytes` of the body have come. Too slow is who was waited for longer than `stall` in all, and has not sent
    // least_bytes_a_second since this began.
    [[nodiscard]] bool is_too_slow(std::uint64_t bytes, std::chrono::milliseconds stall) const noexcept {
        auto const seconds = std::chrono::duration<double>(waited_).count();
        return waited_ > stall && static_cast<double>(bytes - begun_with_) < seconds * least_bytes_a_second;
    }

private:
    std::uint64_t begun_with_;
    std::chrono::nanoseconds waited_{};
};

}  // namespace tollgate::proxy
