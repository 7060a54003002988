// Whether the change feed rests, because nobody asks about users: a gateway that has nothing to do wakes no processor.
// Whoever comes then rouses it, and believes nothing that was known before until it has asked again. Any thread but
// where said.
#pragma once

#include "base/wake.hpp"

#include <atomic>
#include <cstdint>

namespace tollgate::auth {

class Rest {
public:
    // Also when it was roused, and has not asked yet.
    [[nodiscard]] bool is_on() const noexcept { return state_.load(std::memory_order_acquire) != State::off; }
    void rouse() noexcept;  // costs a look when nothing rests

    // The feed's thread alone.
    void begin() noexcept { state_.store(State::on, std::memory_order_release); }
    enum class Outcome { answered, silent };
    void asked(Outcome outcome) noexcept;  // a rest ends that was interrupted, or in which the store went away
    [[nodiscard]] int descriptor() const noexcept { return roused_.descriptor(); }  // readable once it was roused
    void heard() const noexcept { roused_.heard(); }                                // no longer readable

private:
    enum class State : std::uint8_t { off, on, roused };

    std::atomic<State> state_{State::off};
    Wake roused_;
};

}  // namespace tollgate::auth
