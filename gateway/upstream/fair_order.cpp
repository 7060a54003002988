#include "upstream/fair_order.hpp"

#include <algorithm>
#include <iterator>

namespace tollgate::upstream {

Result<std::size_t> FairOrder::join(Entry& entry, std::string_view user, Bounds bounds) {
    if (waiting_ >= bounds.most) return failure(errc::queue_full);
    auto const known = by_user_.find(user);
    if (known != by_user_.end() && known->second->entries.size() >= bounds.most_per_user)
        return failure(errc::queue_full);
    if (known == by_user_.end() && bounds.most_per_user == 0) return failure(errc::queue_full);
    Line* line = known == by_user_.end() ? nullptr : known->second;
    if (!line) {
        line = &lines_.emplace_back(std::string(user));
        line->place = std::prev(lines_.end());
        by_user_.emplace(line->user, line);
    }
    line->entries.push_back(entry);
    entry.line_ = line;
    ++waiting_;
    return front_.size() + position_of_last(*line);
}

std::size_t FairOrder::join_in_front(Entry& entry) {
    entry.line_ = nullptr;
    front_.push_back(entry);
    return front_.size();
}

FairOrder::Entry* FairOrder::who_gives_way_to(std::string_view user) noexcept {
    if (by_user_.contains(user) || lines_.empty()) return nullptr;
    auto const longest = std::ranges::max_element(lines_, {}, [](Line const& line) { return line.entries.size(); });
    return longest->entries.size() > 1 ? &longest->entries.back() : nullptr;
}

void FairOrder::leave(Entry& entry) noexcept {
    if (!entry.waits()) return;
    if (entry.line_) leave_line(entry);
    else front_.erase(front_.iterator_to(entry));
}

// Each round serves one of every user. When it is the last of this line, as many rounds have passed as the line is
// long; who stands behind this user takes part in one less.
std::size_t FairOrder::position_of_last(Line const& line) const noexcept {
    auto const rounds = line.entries.size();
    std::size_t position = rounds;
    bool before = true;
    for (auto const& other : lines_) {
        if (&other == &line) before = false;
        else position += std::min(other.entries.size(), before ? rounds : rounds - 1);
    }
    return position;
}

// Then it is the next user's turn, whether this one has more or not.
void FairOrder::served(Line& line) noexcept {
    lines_.splice(lines_.end(), lines_, line.place);
    leave_line(line.entries.front());
}

void FairOrder::leave_line(Entry& entry) noexcept {
    auto& line = *entry.line_;
    line.entries.erase(line.entries.iterator_to(entry));
    entry.line_ = nullptr;
    --waiting_;
    if (!line.entries.empty()) return;
    by_user_.erase(line.user);
    lines_.erase(line.place);
}

}  // namespace tollgate::upstream
