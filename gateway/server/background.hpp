// The thread on which plugins' background jobs run, outside of every worker. The jobs of a generation are cancelled
// when the next one takes over.
#pragma once

#include "proxy/generation.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace tollgate::server {

class Background {
public:
    Background();
    Background(Background const&) = delete;
    Background& operator=(Background const&) = delete;
    ~Background();  // cancels all jobs and joins

    // Cancels the jobs that run and starts those of `generation`, which they keep alive until they have ended.
    void run_jobs_of(std::shared_ptr<proxy::Generation const> generation);

private:
    struct Job {
        boost::asio::cancellation_signal cancellation;
        bool is_cancelled = false;  // then an exception is only how it ends
    };

    void cancel_jobs();

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> running_;
    std::vector<std::shared_ptr<Job>> jobs_;  // shared with each that runs; touched on the thread only
    std::thread thread_;
};

}  // namespace tollgate::server
