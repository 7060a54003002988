// What libFuzzer calls. One target a program, so that what is measured as covered is what the target can reach.
#include "fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    tollgate::fuzz::TOLLGATE_FUZZ_TARGET({reinterpret_cast<char const*>(bytes), size});
    return 0;
}
