// Whose turn it is among requests that wait for a server: users one after the other, one request each, and the requests
// of one user in the order in which they came. Whoever had his turn already, and lost his server, stands in front of
// all. Pure, bounded; it owns nobody who waits.
#pragma once

#include "base/error.hpp"
#include "base/seeded_hash.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tollgate::upstream {

class Turns {
    struct Line;

public:
    // One that waits. Whoever has it takes it out before it goes.
    class Turn : public boost::intrusive::list_base_hook<> {
    public:
        [[nodiscard]] bool waits() const noexcept { return is_linked(); }

    private:
        friend class Turns;
        Line* line_ = nullptr;  // null: in front
    };

    struct Bounds {
        std::size_t most = 0;           // that wait in all
        std::size_t most_per_user = 0;  // of them
    };

    // Puts `turn` behind those of its user. How many will have been served with it when its turn is over, if nobody
    // leaves: 1 for the next. Error: errc::queue_full.
    [[nodiscard]] Result<std::size_t> join(Turn& turn, std::string_view user, Bounds bounds);

    // Puts it in front, behind those that are there; no bound applies, since it was counted among those that run.
    [[nodiscard]] std::size_t join_in_front(Turn& turn);

    // Who leaves, when all places are taken, for a user that has none: the last of the longest line. Null when the user
    // has a place, or nobody has more than one.
    [[nodiscard]] Turn* who_gives_way_to(std::string_view user) noexcept;

    // Nothing when it does not wait.
    void leave(Turn& turn) noexcept;

    // Offers what has become free: to each of those in front, then to whose turn it is, until somebody does not take
    // anything. Who has taken, as `takes` says, waits no more.
    template <class Takes>
    void offer(Takes takes) {
        for (auto next = front_.begin(); next != front_.end();) {
            auto& turn = *next++;
            if (takes(turn)) leave(turn);
        }
        while (!lines_.empty()) {
            auto& line = lines_.front();
            if (!takes(line.turns.front())) return;
            served(line);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return waiting_ + front_.size(); }

private:
    using List = boost::intrusive::list<Turn>;
    struct Line {
        std::string user;
        List turns;  // not empty
        std::list<Line>::iterator place;
    };

    void served(Line& line) noexcept;
    void leave_line(Turn& turn) noexcept;
    [[nodiscard]] std::size_t position_of_last(Line const& line) const noexcept;

    List front_;
    std::list<Line> lines_;  // the next first
    // Its keys are text of the lines.
    std::unordered_map<std::string_view, Line*, SeededHash> by_user_;
    std::size_t waiting_ = 0;  // in lines_
};

}  // namespace tollgate::upstream
