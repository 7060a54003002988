// Runs one coroutine to its end on a worker that the caller owns and that has no thread.
#pragma once

#include "base/error.hpp"
#include "net/adopt.hpp"
#include "net/suspension.hpp"
#include "net/worker.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace tollgate::testing {

template <class T>
net::Task<> put_into(std::optional<T>& result, std::exception_ptr& thrown, net::Task<T> work) {
    try {
        result.emplace(co_await std::move(work));
    } catch (...) {
        thrown = std::current_exception();
    }
}

template <class T>
T await(net::Worker& worker, net::Task<T> work) {
    std::optional<T> result;
    std::exception_ptr thrown;
    worker.spawn(put_into(result, thrown, std::move(work)));
    worker.run_until([&] { return result || thrown; });
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
}

template <class T>
T await(net::Worker& worker, boost::asio::awaitable<T> work) {
    return await(worker, net::adopt(worker, std::move(work)));
}

inline net::Task<Result<void>> waited_for(net::Suspension::Wait wait) { co_return co_await wait; }

inline Result<void> await(net::Worker& worker, net::Suspension::Wait wait) { return await(worker, waited_for(wait)); }

}  // namespace tollgate::testing
