#include "upstream/turns.hpp"

#include <algorithm>
#include <iterator>

namespace tollgate::upstream {

Result<std::size_t> Turns::join(Turn& turn, std::string_view user, Bounds bounds) {
    if (waiting_ >= bounds.most) return failure(errc::queue_full);
    auto const known = by_user_.find(user);
    if (known != by_user_.end() && known->second->turns.size() >= bounds.most_per_user)
        return failure(errc::queue_full);
    if (known == by_user_.end() && bounds.most_per_user == 0) return failure(errc::queue_full);
    Line* line = known == by_user_.end() ? nullptr : known->second;
    if (!line) {
        line = &lines_.emplace_back(std::string(user));
        line->place = std::prev(lines_.end());
        by_user_.emplace(line->user, line);
    }
    line->turns.push_back(turn);
    turn.line_ = line;
    ++waiting_;
    return front_.size() + position_of_last(*line);
}

std::size_t Turns::join_in_front(Turn& turn) {
    turn.line_ = nullptr;
    front_.push_back(turn);
    return front_.size();
}

Turns::Turn* Turns::who_gives_way_to(std::string_view user) noexcept {
    if (by_user_.contains(user) || lines_.empty()) return nullptr;
    auto const longest = std::ranges::max_element(lines_, {}, [](Line const& line) { return line.turns.size(); });
    return longest->turns.size() > 1 ? &longest->turns.back() : nullptr;
}

void Turns::leave(Turn& turn) noexcept {
    if (!turn.waits()) return;
    if (turn.line_) leave_line(turn);
    else front_.erase(front_.iterator_to(turn));
}

// Each round serves one of every user. When it is the last of this line, as many rounds have passed as the line is
// long; who stands behind this user takes part in one less.
std::size_t Turns::position_of_last(Line const& line) const noexcept {
    auto const rounds = line.turns.size();
    std::size_t position = rounds;
    bool before = true;
    for (auto const& other : lines_) {
        if (&other == &line) before = false;
        else position += std::min(other.turns.size(), before ? rounds : rounds - 1);
    }
    return position;
}

// The next user's turn, whether this one has more or not.
void Turns::served(Line& line) noexcept {
    lines_.splice(lines_.end(), lines_, line.place);
    leave_line(line.turns.front());
}

void Turns::leave_line(Turn& turn) noexcept {
    auto& line = *turn.line_;
    line.turns.erase(line.turns.iterator_to(turn));
    turn.line_ = nullptr;
    --waiting_;
    if (!line.turns.empty()) return;
    by_user_.erase(line.user);
    lines_.erase(line.place);
}

}  // namespace tollgate::upstream
