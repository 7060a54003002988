// Awaits, in a coroutine of a worker, one of Asio's: what plugins and the resolver are written with.
#pragma once

#include "net/task.hpp"
#include "net/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tollgate::net {

// Runs it on `worker`, on which the caller runs. When the loop ends first, both are destroyed where they stand.
template <class T>
[[nodiscard]] Task<T> adopt(Worker& worker, asio::awaitable<T> work) {
    // co_spawn() takes only results that can be default-constructed.
    auto const put = [](std::optional<T>& into, asio::awaitable<T> wanted) -> asio::awaitable<void> {
        into.emplace(co_await std::move(wanted));
    };
    struct Spawning {
        Worker& worker;
        asio::awaitable<void> work;
        std::exception_ptr& thrown;
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        // If co_spawn() threw, its handler, and with it the caller's frame, would be gone already.
        void await_suspend(std::coroutine_handle<typename Task<T>::promise_type> who) noexcept {
            asio::co_spawn(worker.executor(), std::move(work),
                           [&bug = thrown, caller = Suspended(who)](std::exception_ptr thrown_by_it) mutable {
                               bug = std::move(thrown_by_it);
                               caller.resume();
                           });
        }
        void await_resume() const noexcept {}
    };
    std::optional<T> value;
    std::exception_ptr thrown;
    co_await Spawning{worker, put(value, std::move(work)), thrown};
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(*value);
}

}  // namespace tollgate::net
