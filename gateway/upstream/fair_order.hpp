// In which order requests that wait for a server get one: users one after the other, one request each, and the requests
// of one user in the order in which they came. Whoever had a server already, and lost it, stands in front of
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

class FairOrder {
    struct Line;

public:
    // One that waits. Whoever has it takes it out before it goes.
    class Entry : public boost::intrusive::list_base_hook<> {
    public:
        [[nodiscard]] bool waits() const noexcept { return is_linked(); }

    private:
        friend class FairOrder;
        Line* line_ = nullptr;  // null: in front
    };

    struct Bounds {
        std::size_t most = 0;           // that wait in all
        std::size_t most_per_user = 0;  // of them
    };

    // Puts `entry` behind those of its user. Its position, if nobody leaves: how many will have been
    // served once it is, 1 for the next. Error: errc::queue_full.
    [[nodiscard]] Result<std::size_t> join(Entry& entry, std::string_view user, Bounds bounds);

    // Puts it in front, behind those that are there; no bound applies, since it was counted among those that run.
    [[nodiscard]] std::size_t join_in_front(Entry& entry);

    // Who leaves, when as many wait as may, for a user of whom none does: the last of the longest line. Null when one
    // of his waits, or nobody has more than one.
    [[nodiscard]] Entry* who_gives_way_to(std::string_view user) noexcept;

    // Nothing when it does not wait.
    void leave(Entry& entry) noexcept;

    // Offers what has become free: to each of those in front, then to who is next, until somebody does not take
    // anything. Who has taken, as `takes` says, waits no more.
    template <class Takes>
    void offer(Takes takes) {
        for (auto next = front_.begin(); next != front_.end();) {
            auto& entry = *next++;
            if (takes(entry)) leave(entry);
        }
        while (!lines_.empty()) {
            auto& line = lines_.front();
            if (!takes(line.entries.front())) return;
            served(line);
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return waiting_ + front_.size(); }

private:
    using List = boost::intrusive::list<Entry>;
    struct Line {
        std::string user;
        List entries;  // not empty
        std::list<Line>::iterator place;
    };

    void served(Line& line) noexcept;
    void leave_line(Entry& entry) noexcept;
    [[nodiscard]] std::size_t position_of_last(Line const& line) const noexcept;

    List front_;
    std::list<Line> lines_;  // the next first
    // Its keys are text of the lines.
    std::unordered_map<std::string_view, Line*, SeededHash> by_user_;
    std::size_t waiting_ = 0;  // in lines_
};

}  // namespace tollgate::upstream
