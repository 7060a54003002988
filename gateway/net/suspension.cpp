#include "net/suspension.hpp"

#include <cassert>
#include <utility>

namespace tollgate::net {

void Suspension::call(Resume&& resume, Terms terms) {
    assert(!is_awaited());
    assert(terms.begin != Begin::at_once);
    resume_ = std::move(resume);
    step_ = terms.step;
    woken_ = false;
    why_ = {};
    loop_.hold(*this);
    if (terms.begin == Begin::ready) return wake(terms.why);
    if (terms.begin == Begin::at_end) {
        woken_ = true;
        return loop_.last(*this);
    }
    if (terms.timeout) loop_.arm(*this, *terms.timeout);
}

void Suspension::wake(errc why) noexcept {
    if (!is_awaited() || std::exchange(woken_, true)) return;
    why_ = why;
    loop_.due(*this);
}

void Suspension::run() {
    disarm();
    if (auto* const step = std::exchange(step_, nullptr)) {
        step->take(ended());
        if (loop_.is_shared()) return loop_.again(*this);
    }
    auto resume = std::exchange(resume_, nullptr);  // which may end this
    resume(ended());
}

void Suspension::abandon() noexcept {
    disarm();
    auto const dropped = std::exchange(resume_, nullptr);
}

Task<> let_others_run(EventLoop& loop) {
    Suspension turn(loop);
    (void)co_await turn.wait({}, Suspension::Begin::ready);
}

}  // namespace tollgate::net
