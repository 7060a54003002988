// Counters and histograms that many threads raise without contention: each thread adds to its own shard, a scrape sums
// them up. This is the counting only; names, labels and the text format are the server's.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tollgate::metrics {

inline constexpr std::size_t shard_count = 16;

// Threads that never said so share shard 0, which is correct, only slower.
void this_thread_uses_shard(unsigned index) noexcept;
[[nodiscard]] std::size_t this_thread_shard() noexcept;

class ShardedCounter {
public:
    void add(std::uint64_t amount = 1) noexcept {
        shards_[this_thread_shard()].value.fetch_add(amount, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t total() const noexcept {
        std::uint64_t sum = 0;
        for (auto const& shard : shards_) sum += shard.value.load(std::memory_order_relaxed);
        return sum;
    }

private:
    struct alignas(64) Shard {
        std::atomic<std::uint64_t> value{0};
    };
    std::array<Shard, shard_count> shards_;
};

// Durations in seconds. The upper bounds are those a proxy of slow services needs: 1 ms to 10 min.
class ShardedHistogram {
public:
    static constexpr std::array<double, 14> bounds_seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                           0.25,  0.5,    1,     5,    30,    120,  600};

    void observe(std::chrono::nanoseconds duration) noexcept;

    struct Totals {
        std::array<std::uint64_t, bounds_seconds.size() + 1> counts{};  // not cumulative; the last is +Inf
        double sum_seconds = 0;
    };
    [[nodiscard]] Totals totals() const noexcept;

private:
    struct alignas(64) Shard {
        std::array<std::atomic<std::uint64_t>, bounds_seconds.size() + 1> counts{};
        std::atomic<std::uint64_t> sum_nanoseconds{0};
    };
    std::array<Shard, shard_count> shards_;
};

}  // namespace tollgate::metrics
