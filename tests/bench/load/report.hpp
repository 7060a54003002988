// What one run of the load generator found out: counts within the measured time, latencies, and what the clocked
// processes used of the processor meanwhile. Printed as one line of JSON.
#pragma once

#include "bench/clock.hpp"
#include "bench/load/options.hpp"

#include <cstdint>
#include <vector>

namespace bench {

class Report {
public:
    explicit Report(Options const& options) : options_(options) {}

    void begin(nanoseconds_t now);  // the measured time begins; what was counted is forgotten
    void end(nanoseconds_t now);
    void print();

    void count(nanoseconds_t latency) { latencies_.push_back(latency); }
    void count_received(std::size_t bytes) { received_ += bytes; }
    void count_sent(std::size_t bytes) { sent_ += bytes; }
    void count_unexpected(int status) { ++unexpected_, unexpected_status_ = status; }
    void count_lost() { ++lost_; }

    [[nodiscard]] std::uint64_t failures() const noexcept { return lost_ + unexpected_; }

private:
    [[nodiscard]] double percentile_us(double share);

    Options const& options_;
    std::vector<nanoseconds_t> latencies_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t unexpected_ = 0;
    int unexpected_status_ = 0;
    std::uint64_t lost_ = 0;
    nanoseconds_t began_ = 0;
    nanoseconds_t elapsed_ = 0;
    nanoseconds_t cpu_began_ = 0;
    nanoseconds_t cpu_ = 0;
};

}  // namespace bench
