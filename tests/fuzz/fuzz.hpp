// What the targets share. A target is a function of a text, one file each: it reads the text as the gateway would and
// states what must hold for any text. A property that does not hold is thrown: it ends a fuzzing run as a crash does,
// and counts as a failure when the seeds are replayed. targets.hpp lists them.
#pragma once

#include "http/fields.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <memory_resource>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::fuzz {

struct Broken : std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool holds, char const* property) {
    if (!holds) throw Broken(property);
}

// std::ranges::contains, which Debian 12's library lacks.
template <class Range, class T, class Projection = std::identity>
bool is_in(Range const& range, T const& value, Projection projection = {}) {
    return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

// Takes the first line off the front of `input`, without its end.
inline std::string_view take_line(std::string_view& input) noexcept {
    auto const line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

// An arena in which every piece is a block of its own, so that a step over the end of one is seen.
class FencedArena final : public http::Arena {
private:
    void* do_allocate(std::size_t bytes, std::size_t) override {
        return blocks_.emplace_back(std::make_unique<std::byte[]>(bytes)).get();
    }
    std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

}  // namespace tollgate::fuzz
