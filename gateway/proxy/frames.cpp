#include "proxy/frames.hpp"

#include "base/free_blocks.hpp"

#include <array>
#include <cstdlib>
#include <utility>

namespace tollgate::proxy {
namespace {

constexpr std::size_t step_bytes = 64;
constexpr std::size_t steps = 32;      // what is larger is not kept
constexpr std::size_t most_kept = 64;  // of each size

using BySteps = std::array<FreeBlocks, steps>;

template <std::size_t... i>
constexpr BySteps make_lists(std::index_sequence<i...>) {
    return {((void)i, FreeBlocks(most_kept))...};
}

constinit thread_local BySteps of_this_thread = make_lists(std::make_index_sequence<steps>());

std::size_t step_of(std::size_t bytes) noexcept { return (bytes - 1) / step_bytes; }

}  // namespace

void* take_frame(std::size_t bytes) {
    auto const step = step_of(bytes);
    return step < steps ? of_this_thread[step].take((step + 1) * step_bytes) : FreeBlocks::allocate(bytes);
}

void give_back_frame(void* frame, std::size_t bytes) noexcept {
    auto const step = step_of(bytes);
    if (step < steps) of_this_thread[step].give_back(frame);
    else std::free(frame);
}

}  // namespace tollgate::proxy
