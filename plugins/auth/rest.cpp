#include "auth/rest.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tollgate::auth {

Rest::Rest() : roused_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (roused_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Rest::~Rest() { ::close(roused_); }

void Rest::rouse() noexcept {
    auto state = State::on;
    if (state_.load(std::memory_order_acquire) == state &&
        state_.compare_exchange_strong(state, State::roused, std::memory_order_acq_rel))
        (void)::eventfd_write(roused_, 1);
}

void Rest::asked(Outcome outcome) noexcept {
    if (outcome == Outcome::silent) return state_.store(State::off, std::memory_order_release);
    auto state = State::roused;
    state_.compare_exchange_strong(state, State::off, std::memory_order_acq_rel);
}

void Rest::heard() const noexcept {
    eventfd_t count = 0;
    (void)::eventfd_read(roused_, &count);
}

}  // namespace tollgate::auth
