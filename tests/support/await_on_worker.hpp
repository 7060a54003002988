// Runs one coroutine to its end on a worker that the caller owns and that has no thread.
#pragma once

#include "base/error.hpp"
#include "net/worker.hpp"
#include "support/await.hpp"

#include <boost/asio/deferred.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tollgate::testing {

template <class T>
T await(net::Worker& worker, boost::asio::awaitable<T> work) {
    std::optional<T> result;
    std::optional<std::exception_ptr> ended;
    boost::asio::co_spawn(worker.executor(), put_into(result, std::move(work)),
                          [&](std::exception_ptr thrown) { ended = thrown; });
    worker.run_until([&] { return ended.has_value(); });
    if (*ended) std::rethrow_exception(*ended);
    return std::move(*result);
}

template <class Waiting>
boost::asio::awaitable<Result<void>> waited_for(Waiting waiting) {
    co_return co_await std::move(waiting);
}

// The same for what may be awaited, but is no coroutine.
template <class Start>
Result<void> await(net::Worker& worker, boost::asio::deferred_async_operation<void(Result<void>), Start> waiting) {
    return await(worker, waited_for(std::move(waiting)));
}

}  // namespace tollgate::testing
