// By which Asio has something run on a worker: what coroutines are spawned with, and what goes on after an operation of
// Asio's own that a plugin awaits. It never runs anything at once.
#pragma once

#include "net/event_loop.hpp"

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>

#include <utility>

namespace tollgate::net {

class Worker;

class Executor {
public:
    explicit Executor(Worker& worker) noexcept : worker_(&worker) {}

    template <class F>
    void execute(F job) const {
        post(EventLoop::Job(std::move(job)));
    }

    [[nodiscard]] static constexpr auto query(boost::asio::execution::blocking_t) noexcept {
        return boost::asio::execution::blocking.never;
    }
    [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const;

    friend bool operator==(Executor const&, Executor const&) = default;

private:
    void post(EventLoop::Job job) const;

    Worker* worker_;
};

}  // namespace tollgate::net
