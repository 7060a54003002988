// Deadlines of one worker, coarse and cheap: arming and disarming are list operations. A wheel of slots, each a list of
// the deadlines that fall into it; one that is more than a rotation away is passed over until its time. Pure but for
// its callbacks: the worker moves it with tick(now), tests do the same. Not thread-safe: a wheel and its deadlines
// belong to one worker.
#pragma once

#include "base/clock.hpp"

#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace tollgate::net {

// expired() is called once when its time has come, unless it was disarmed or destroyed before. Not movable: the wheel
// holds its address.
class Timed : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    Timed(Timed const&) = delete;
    Timed& operator=(Timed const&) = delete;

    void disarm() noexcept {
        if (is_linked()) unlink();
    }

protected:
    Timed() = default;
    ~Timed() = default;

private:
    friend class DeadlineWheel;
    virtual void expired() = 0;
    std::uint64_t due_tick_ = 0;
};

// The same with a function of its own.
class Deadline final : public Timed {
public:
    explicit Deadline(std::move_only_function<void()> expired) : expired_(std::move(expired)) {}

private:
    void expired() override { expired_(); }
    std::move_only_function<void()> expired_;
};

class DeadlineWheel {
public:
    static constexpr std::chrono::milliseconds tick_length{50};

    explicit DeadlineWheel(steady_time origin) : origin_(origin) {}

    // Arms `deadline` for `when`, or moves it there. It expires at most one tick late, and never early.
    void arm(Timed& deadline, steady_time when);

    // Expires, in the order of their ticks, all deadlines due at `now`. Callbacks may arm and disarm.
    void tick(steady_time now);

    // When tick() should be called next: no later than the earliest deadline; nothing when none is armed.
    [[nodiscard]] std::optional<steady_time> next_tick() const;

private:
    using Slot = boost::intrusive::list<Timed, boost::intrusive::constant_time_size<false>>;
    static constexpr std::size_t slot_count = 1024;

    [[nodiscard]] std::uint64_t tick_at_or_before(steady_time when) const noexcept;
    void expire_slot(Slot& slot);

    steady_time origin_;
    std::uint64_t passed_tick_ = 0;  // all deadlines up to this tick have expired
    std::array<Slot, slot_count> slots_;
};

}  // namespace tollgate::net
