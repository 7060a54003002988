#include "proxy/child_task.hpp"

#include "base/log.hpp"

#include <fmt/format.h>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace tollgate::proxy {
namespace {

void log_bug(std::exception_ptr const& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& bug) {
        log::error(fmt::format("a task beside an exchange threw: {}", bug.what()));
    } catch (...) {
        log::error("a task beside an exchange threw");
    }
}

}  // namespace

void ChildTask::start(asio::any_io_executor const& executor, asio::awaitable<void> work) {
    running_ = true;
    asio::co_spawn(executor, std::move(work), [this](std::exception_ptr const& thrown) {
        running_ = false;
        if (thrown) log_bug(thrown);
        if (auto joiner = std::exchange(joiner_, nullptr)) joiner();
    });
}

asio::awaitable<void> ChildTask::join() {
    if (!running_) co_return;
    auto wait = [this](auto handler) { joiner_ = [handler = std::move(handler)]() mutable { std::move(handler)(); }; };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(wait, asio::use_awaitable);
}

}  // namespace tollgate::proxy
