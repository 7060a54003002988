#include "proxy/child_task.hpp"

#include "base/log.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cassert>
#include <exception>

namespace tollgate::proxy {

ChildTask::~ChildTask() { assert(!running_); }

void ChildTask::start(asio::any_io_executor const& executor, asio::awaitable<void> work) {
    assert(!running_);
    running_ = true;
    asio::co_spawn(executor, std::move(work), [this](std::exception_ptr const& thrown) {
        running_ = false;
        if (thrown) {
            log::thrown("a task beside an exchange", thrown);
            on_bug_();
        }
        if (auto joiner = std::exchange(joiner_, nullptr)) joiner();
    });
}

asio::awaitable<void> ChildTask::join() {
    if (!running_) co_return;
    auto wait = [this](auto handler) { joiner_ = [handler = std::move(handler)]() mutable { std::move(handler)(); }; };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(wait, asio::use_awaitable);
}

}  // namespace tollgate::proxy
