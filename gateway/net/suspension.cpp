#include "net/suspension.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cassert>
#include <utility>

namespace tollgate::net {

asio::awaitable<Result<void>> Suspension::wait(Timeout timeout, Begin begin) {
    auto start = [this, timeout, begin](auto handler) {
        assert(!is_awaited());
        resume_ = std::move(handler);
        woken_ = false;
        why_ = {};
        loop_.hold(*this);
        if (begin == Begin::ready) return wake();
        if (begin == Begin::at_end) {
            woken_ = true;
            return loop_.last(*this);
        }
        if (timeout) loop_.arm(overdue_, *timeout);
    };
    return asio::async_initiate<asio::use_awaitable_t<> const, void(Result<void>)>(std::move(start),
                                                                                   asio::use_awaitable);
}

void Suspension::wake(errc why) noexcept {
    if (!is_awaited() || std::exchange(woken_, true)) return;
    why_ = why;
    loop_.due(*this);
}

void Suspension::run() {
    overdue_.disarm();
    auto resume = std::exchange(resume_, nullptr);  // which may end this
    resume(why_ == errc{} ? Result<void>{} : failure(why_));
}

void Suspension::abandon() noexcept {
    overdue_.disarm();
    auto const dropped = std::exchange(resume_, nullptr);
}

}  // namespace tollgate::net
