// Rows that are found by a key, each with a time until which it matters. Bounded: a new row takes the place of the one
// whose time is the earliest, so that what has lost its meaning longest ago goes first. Whoever must not forget what
// still matters asks free_at() before. Not thread-safe: its owner holds a lock.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace tollgate::auth {

class Timetable {
public:
    using Key = std::uint64_t;

    struct Row {
        steady_time until = steady_time::min();
        unsigned failures = 0;

        bool operator==(Row const&) const = default;
    };

    explicit Timetable(std::size_t capacity);  // at least 1

    [[nodiscard]] std::optional<Row> find(Key key) const;

    // How long `key` waits: until the time of its row; when it has none and there is no room, until the earliest time
    // of another. From then on put() forgets nothing that matters.
    [[nodiscard]] steady_time free_at(Key key) const;

    void put(Key key, Row row);
    void erase(Key key);

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

private:
    std::size_t const capacity_;
    std::unordered_map<Key, Row> rows_;
    std::set<std::pair<steady_time, Key>> by_time_;  // the same rows
};

}  // namespace tollgate::auth
