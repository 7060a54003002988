// Runs one coroutine to its end, while other threads may resume it: on an io_context that the caller owns when they
// do (it must outlive them), on one of its own otherwise.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <deque>
#include <exception>
#include <optional>
#include <utility>

namespace tollgate::testing {

// co_spawn itself wants values that can be made of nothing.
template <class T>
boost::asio::awaitable<void> put_into(std::optional<T>& result, boost::asio::awaitable<T> work) {
    result.emplace(co_await std::move(work));
}

template <class T>
T await(boost::asio::io_context& context, boost::asio::awaitable<T> work) {
    auto const guard = boost::asio::make_work_guard(context);
    context.restart();  // it stopped when the last coroutine had ended
    std::optional<T> result;
    std::optional<std::exception_ptr> ended;
    boost::asio::co_spawn(context, put_into(result, std::move(work)),
                          [&](std::exception_ptr thrown) { ended = thrown; });
    while (!ended) context.run_one();
    if (*ended) std::rethrow_exception(*ended);
    return std::move(*result);
}

template <class T>
T await(boost::asio::awaitable<T> work) {
    // A pool's thread may still be leaving its post() when the work is done: a context outlives whoever posts to it.
    static std::deque<boost::asio::io_context> contexts;
    return await(contexts.emplace_back(1), std::move(work));
}

}  // namespace tollgate::testing
