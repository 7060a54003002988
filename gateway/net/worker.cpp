#include "net/worker.hpp"

#include "base/log.hpp"
#include "base/metrics.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <mutex>
#include <utility>

namespace tollgate::net {
namespace {

constexpr std::chrono::seconds time_to_run_dry{2};

Root run_to_its_end(Task<> work, Worker::Ongoing /*counted*/) {
    try {
        co_await std::move(work);
    } catch (...) {
        log::thrown("a worker's coroutine");
    }
}

}  // namespace

// Where timers and sockets of Asio's own live, of which plugins may make use: a thread waits for them, from the first
// one on, and what awaits them goes on on the worker.
class Worker::Operations : public asio::io_context {
public:
    Operations() = default;
    Operations(Operations const&) = delete;
    Operations& operator=(Operations const&) = delete;
    ~Operations() { join(); }

    void need_thread() {
        std::call_once(begun_, [this] { thread_ = std::thread([this] { run(); }); });
    }

    // Ends all operations, and drops whoever awaits them.
    void end() {
        join();
        shutdown();
    }

private:
    void join() {
        stop();
        if (thread_.joinable()) thread_.join();
    }

    asio::executor_work_guard<executor_type> running_{get_executor()};
    std::once_flag begun_;
    std::thread thread_;
};

Worker::Worker(unsigned index) : index_(index), operations_(std::make_unique<Operations>()) {}

Worker::~Worker() {
    stop();
    operations_->end();
    loop_.abandon();
}

void Worker::start() {
    thread_ = std::thread([this] { run(); });
}

void Worker::run() {
    metrics::this_thread_uses_shard(index_);
    Frames::Use const frames(frames_);
    while (!ending_ || (ending_ == Ending::when_dry && (ongoing_ > 0 || loop_.is_busy())))
        loop_.turn(EventLoop::Waiting::yes);
    ended_.release();
}

void Worker::stop(Ending ending) {
    ask_to_end(ending);
    join(now() + time_to_run_dry);
}

void Worker::stop_all(std::span<std::unique_ptr<Worker> const> workers, Ending ending) {
    for (auto const& worker : workers) worker->ask_to_end(ending);
    auto const until = now() + time_to_run_dry;
    for (auto const& worker : workers) worker->join(until);
}

void Worker::ask_to_end(Ending ending) {
    if (thread_.joinable()) post([this, ending] { ending_ = ending; });
}

void Worker::join(steady_time until) {
    if (!thread_.joinable()) return;
    if (!ended_.try_acquire_until(until)) ask_to_end(Ending::at_once);
    thread_.join();
}

void Worker::poll() {
    do loop_.turn(EventLoop::Waiting::no);
    while (loop_.is_busy());
}

void Worker::spawn(Task<> work) { begin(run_to_its_end(std::move(work), Ongoing(*this))); }

void Worker::spawn(asio::awaitable<void> work) {
    asio::co_spawn(executor(), std::move(work), [counted = Ongoing(*this)](std::exception_ptr const& thrown) {
        if (thrown) log::thrown("a worker's coroutine", thrown);
    });
}

asio::execution_context& Worker::operations() {
    operations_->need_thread();
    return *operations_;
}

asio::execution_context& Executor::query(asio::execution::context_t) const { return worker_->operations(); }

void Executor::post(EventLoop::Job job) const { worker_->post(std::move(job)); }

}  // namespace tollgate::net
