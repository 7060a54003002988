// A fast hash of text with a random seed of its own: nobody outside can choose texts that collide. Not for secrets.
// Two copies hash alike, two made apart do not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

class SeededHash {
public:
    using is_transparent = void;  // std::string keys are found by string_view

    SeededHash();

    [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept;

private:
    std::array<std::uint64_t, 3> seed_;
};

}  // namespace tollgate
