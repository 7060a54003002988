// Pool::run, which services.hpp includes last: from a coroutine on a worker to a pool thread and back.
#pragma once

#include "plugin/services.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <type_traits>

namespace tollgate::plugin {

template <class F>
asio::awaitable<Result<std::invoke_result_t<F>>> Pool::run(F job) {
    using Value = std::invoke_result_t<F>;
    Result<Value> result = failure(errc::queue_full);
    std::exception_ptr thrown;
    // This frame is suspended until the handler was posted, so the job may refer to it from the pool's thread.
    auto start = [&](auto handler) {
        auto resume = std::make_shared<decltype(handler)>(std::move(handler));
        std::move_only_function<void()> work = [&, resume] {
            try {
                if constexpr (std::is_void_v<Value>) {
                    job();
                    result = {};
                } else {
                    result = job();
                }
            } catch (...) {
                thrown = std::current_exception();
            }
            asio::post(std::move(*resume));
        };
        if (!submit(work)) asio::post(std::move(*resume));
    };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(start, asio::use_awaitable);
    if (thrown) std::rethrow_exception(thrown);
    co_return std::move(result);
}

}  // namespace tollgate::plugin
