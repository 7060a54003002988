#include "auth/rest.hpp"

namespace tollgate::auth {

void Rest::rouse() noexcept {
    auto state = State::on;
    if (state_.load(std::memory_order_acquire) == state &&
        state_.compare_exchange_strong(state, State::roused, std::memory_order_acq_rel))
        roused_.wake();
}

void Rest::asked(Outcome outcome) noexcept {
    if (outcome == Outcome::silent) return state_.store(State::off, std::memory_order_release);
    auto state = State::roused;
    state_.compare_exchange_strong(state, State::off, std::memory_order_acq_rel);
}

}  // namespace tollgate::auth
