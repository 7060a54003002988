// Where the frames of an exchange's coroutines lie: those whose first parameter is the flight, or the connection that it
// came in on. Asio keeps a few frames of a thread in one list for all sizes and looks through it for each: that is dear,
// and too few when many requests run. Here each thread keeps lists by size.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <utility>

namespace tollgate::proxy {

class Connection;
struct Flight;

// Those of most sizes lie where the last ones of this thread lay. Whoever gives one back knows its size.
[[nodiscard]] void* take_frame(std::size_t bytes);
void give_back_frame(void* frame, std::size_t bytes) noexcept;

// A coroutine of Asio's in all else; which wants to know one that waits for another by its own type.
template <class T, class Executor>
struct Frame : boost::asio::detail::awaitable_frame<T, Executor> {
    using Base = boost::asio::detail::awaitable_frame<T, Executor>;

    static void* operator new(std::size_t bytes) { return take_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { give_back_frame(frame, bytes); }

    template <class U>
    struct Called {
        boost::asio::awaitable<U, Executor> coroutine;
        [[nodiscard]] bool await_ready() const noexcept { return coroutine.await_ready(); }
        void await_suspend(std::coroutine_handle<Frame> caller) {
            coroutine.await_suspend(std::coroutine_handle<Base>::from_promise(caller.promise()));
        }
        U await_resume() { return coroutine.await_resume(); }
    };

    using Base::await_transform;
    template <class U>
    auto await_transform(boost::asio::awaitable<U, Executor> coroutine) const {
        return Called<U>{Base::await_transform(std::move(coroutine))};
    }
};

}  // namespace tollgate::proxy

template <class T, class Executor, class... Others>
struct std::coroutine_traits<boost::asio::awaitable<T, Executor>, tollgate::proxy::Flight&, Others...> {
    using promise_type = tollgate::proxy::Frame<T, Executor>;
};

template <class T, class Executor, class... Others>
struct std::coroutine_traits<boost::asio::awaitable<T, Executor>, tollgate::proxy::Connection&, Others...> {
    using promise_type = tollgate::proxy::Frame<T, Executor>;
};

template <class T, class Executor, class... Others>
struct std::coroutine_traits<boost::asio::awaitable<T, Executor>, std::unique_ptr<tollgate::proxy::Connection>,
                             Others...> {
    using promise_type = tollgate::proxy::Frame<T, Executor>;
};
