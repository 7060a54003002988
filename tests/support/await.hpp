// Runs one coroutine to its end on an io_context of its own, while other threads may resume it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

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
    boost::asio::io_context context(1);
    return await(context, std::move(work));
}

}  // namespace tollgate::testing
