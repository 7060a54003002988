// How often memory is asked for in the loop of a benchmark, beside its time. Counts operator new alone.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace tollgate::bench {

[[nodiscard]] std::uint64_t allocations_so_far() noexcept;

// Stands before the loop; at the end of its scope it adds the column `allocations`, for one turn.
class CountedAllocations {
public:
    explicit CountedAllocations(benchmark::State& state) : state_(state), before_(allocations_so_far()) {}
    ~CountedAllocations() {
        state_.counters["allocations"] =
            benchmark::Counter(static_cast<double>(allocations_so_far() - before_), benchmark::Counter::kAvgIterations);
    }
    CountedAllocations(CountedAllocations const&) = delete;
    CountedAllocations& operator=(CountedAllocations const&) = delete;

private:
    benchmark::State& state_;
    std::uint64_t before_;
};

}  // namespace tollgate::bench
