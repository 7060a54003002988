// One worker: a thread, its io_context and what every connection on it shares. A connection never leaves its worker, so
// nothing here is locked; other threads reach it by post() alone.
#pragma once

#include "base/clock.hpp"
#include "net/buffer.hpp"
#include "net/deadline.hpp"
#include "net/pipe.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <semaphore>
#include <thread>
#include <utility>

namespace tollgate::net {

namespace asio = boost::asio;

class Worker {
public:
    explicit Worker(unsigned index);
    Worker(Worker const&) = delete;
    Worker& operator=(Worker const&) = delete;
    ~Worker();  // stops and joins

    void start();  // runs the thread
    void stop();   // lets it run dry, for 2 s at most, and joins; connections should have ended before

    [[nodiscard]] unsigned index() const noexcept { return index_; }
    [[nodiscard]] asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] BlockPool& blocks() noexcept { return blocks_; }
    [[nodiscard]] PipePool& pipes() noexcept { return pipes_; }
    [[nodiscard]] static steady_time now() noexcept { return std::chrono::steady_clock::now(); }

    // Arms `deadline` and sees to it that the wheel is turned in time.
    void arm(Deadline& deadline, std::chrono::milliseconds from_now);

    template <class Job>
    void post(Job job) {
        asio::post(context_, std::move(job));
    }

private:
    void turn_wheel_at(steady_time when);

    unsigned index_;
    BlockPool blocks_;  // these outlive the context: what still waits in it may hold blocks, pipes and deadlines
    PipePool pipes_;
    DeadlineWheel wheel_;
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> running_;
    asio::steady_timer wheel_timer_;
    steady_time wheel_due_ = steady_time::max();  // when the timer fires
    std::binary_semaphore ended_{0};              // the thread has left the context
    std::thread thread_;
};

}  // namespace tollgate::net
