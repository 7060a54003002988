// Runs one coroutine to its end on a worker that the caller owns and that has no thread.
#pragma once

#include "net/worker.hpp"
#include "support/await.hpp"

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

}  // namespace tollgate::testing
