#include "net/deadline.hpp"

#include <algorithm>

namespace tollgate::net {

std::uint64_t DeadlineWheel::tick_at_or_before(steady_time when) const noexcept {
    return when <= origin_ ? 0 : static_cast<std::uint64_t>((when - origin_) / tick_length);
}

void DeadlineWheel::arm(Timed& deadline, steady_time when) {
    deadline.disarm();
    // Rounded up, so that nothing expires early; never into a tick that has passed, where nobody would look again.
    deadline.due_tick_ = std::max(tick_at_or_before(when) + 1, passed_tick_ + 1);
    slots_[deadline.due_tick_ % slot_count].push_back(deadline);
}

void DeadlineWheel::tick(steady_time now) {
    auto const target = tick_at_or_before(now);
    if (target <= passed_tick_) return;
    // After a long pause one rotation covers every slot.
    auto const first = target - passed_tick_ > slot_count ? target - slot_count + 1 : passed_tick_ + 1;
    passed_tick_ = target;
    for (auto tick = first; tick <= target; ++tick) expire_slot(slots_[tick % slot_count]);
}

void DeadlineWheel::expire_slot(Slot& slot) {
    Slot waiting;
    waiting.swap(slot);
    while (!waiting.empty()) {
        Timed& deadline = waiting.front();
        deadline.unlink();
        if (deadline.due_tick_ > passed_tick_) slot.push_back(deadline);
        else deadline.expired();
    }
}

std::optional<steady_time> DeadlineWheel::next_tick() const {
    bool any = false;
    for (auto ahead = passed_tick_ + 1; ahead <= passed_tick_ + slot_count; ++ahead) {
        auto const& slot = slots_[ahead % slot_count];
        if (slot.empty()) continue;
        any = true;
        if (std::ranges::any_of(slot, [ahead](Timed const& d) { return d.due_tick_ <= ahead; })) {
            return origin_ + ahead * tick_length;
        }
    }
    if (!any) return std::nullopt;
    return origin_ + (passed_tick_ + slot_count) * tick_length;  // all are rotations away: look again then
}

}  // namespace tollgate::net
