#include "net/suspension.hpp"

#include <cassert>
#include <utility>

namespace tollgate::net {

void Suspension::begin(Suspended who, Timeout timeout, Begin how) {
    assert(!is_awaited());
    awaited_by_ = std::move(who);
    woken_ = false;
    why_ = {};
    loop_.hold(*this);
    if (how == Begin::ready) return wake();
    if (how == Begin::at_end) {
        woken_ = true;
        return loop_.last(*this);
    }
    if (timeout) loop_.arm(overdue_, *timeout);
}

void Suspension::wake(errc why) noexcept {
    if (!is_awaited() || std::exchange(woken_, true)) return;
    why_ = why;
    loop_.due(*this);
}

Result<void> Suspension::result() const noexcept { return why_ == errc{} ? Result<void>{} : failure(why_); }

void Suspension::run() {
    overdue_.disarm();
    auto who = std::exchange(awaited_by_, {});  // who may end this
    who.resume();
}

void Suspension::abandon() noexcept {
    overdue_.disarm();
    auto const dropped = std::exchange(awaited_by_, {});
}

}  // namespace tollgate::net
