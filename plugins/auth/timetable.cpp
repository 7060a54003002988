#include "auth/timetable.hpp"

#include <algorithm>

namespace tollgate::auth {

Timetable::Timetable(std::size_t capacity) : capacity_(std::max<std::size_t>(1, capacity)) {}

std::optional<Timetable::Row> Timetable::find(Key key) const {
    auto const found = rows_.find(key);
    return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

steady_time Timetable::free_at(Key key) const {
    if (auto const found = rows_.find(key); found != rows_.end()) return found->second.until;
    return rows_.size() < capacity_ ? steady_time::min() : by_time_.begin()->first;
}

void Timetable::put(Key key, Row row) {
    erase(key);
    if (rows_.size() >= capacity_) erase(by_time_.begin()->second);
    rows_.emplace(key, row);
    by_time_.emplace(row.until, key);
}

void Timetable::erase(Key key) {
    auto const found = rows_.find(key);
    if (found == rows_.end()) return;
    by_time_.erase({found->second.until, key});
    rows_.erase(found);
}

}  // namespace tollgate::auth
