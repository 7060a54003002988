#include "base/metrics.hpp"

#include <algorithm>

namespace tollgate::metrics {
namespace {

thread_local std::size_t shard_of_this_thread = 0;

}  // namespace

void this_thread_uses_shard(unsigned index) noexcept { shard_of_this_thread = index % shard_count; }

std::size_t this_thread_shard() noexcept { return shard_of_this_thread; }

void ShardedHistogram::observe(std::chrono::nanoseconds duration) noexcept {
    auto const seconds = std::chrono::duration<double>(duration).count();
    auto const bucket =
        static_cast<std::size_t>(std::ranges::lower_bound(bounds_seconds, seconds) - bounds_seconds.begin());
    auto& shard = shards_[this_thread_shard()];
    shard.counts[bucket].fetch_add(1, std::memory_order_relaxed);
    shard.sum_nanoseconds.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

ShardedHistogram::Totals ShardedHistogram::totals() const noexcept {
    Totals totals;
    for (auto const& shard : shards_) {
        for (std::size_t i = 0; i < totals.counts.size(); ++i)
            totals.counts[i] += shard.counts[i].load(std::memory_order_relaxed);
        totals.sum_seconds += static_cast<double>(shard.sum_nanoseconds.load(std::memory_order_relaxed)) * 1e-9;
    }
    return totals;
}

}  // namespace tollgate::metrics
