// One worker: a thread, its event loop and what every connection on it shares. A connection never leaves its worker, so
// nothing here is locked; other threads reach it by post() alone.
#pragma once

#include "base/clock.hpp"
#include "net/buffer.hpp"
#include "net/deadline.hpp"
#include "net/event_loop.hpp"
#include "net/executor.hpp"
#include "net/frames.hpp"
#include "net/pipe.hpp"
#include "net/task.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <semaphore>
#include <span>
#include <thread>
#include <utility>

namespace tollgate::net {

namespace asio = boost::asio;

class Worker {
public:
    explicit Worker(unsigned index);
    Worker(Worker const&) = delete;
    Worker& operator=(Worker const&) = delete;
    ~Worker();  // stops, and lets go of what is still suspended

    void start();  // runs the thread

    // Ends the thread and joins it: at once, or when nothing is ongoing any more, for which there are 2 s.
    enum class Ending { at_once, when_dry };
    void stop(Ending ending = Ending::when_dry);
    static void stop_all(std::span<std::unique_ptr<Worker> const> workers, Ending ending);  // the 2 s are for all

    // Instead of start(), on the caller's thread: turns until `done` says so, or until nothing is left to do without a
    // wait.
    void run_until(std::predicate auto done) {
        while (!done()) loop_.turn(EventLoop::Waiting::yes);
    }
    void poll();

    [[nodiscard]] unsigned index() const noexcept { return index_; }
    [[nodiscard]] EventLoop& loop() noexcept { return loop_; }
    [[nodiscard]] Executor executor() noexcept { return Executor(*this); }
    [[nodiscard]] BlockPool& blocks() noexcept { return blocks_; }
    [[nodiscard]] PipePool& pipes() noexcept { return pipes_; }
    [[nodiscard]] static steady_time now() noexcept { return std::chrono::steady_clock::now(); }

    // The time as of the beginning of the loop's turn: near enough where something is to be waited for, and free.
    [[nodiscard]] steady_time turn_began() const noexcept { return loop_.turn_began(); }

    // One of those who go on on this worker: it runs dry when there is none any more.
    class Ongoing {
    public:
        explicit Ongoing(Worker& worker) noexcept : count_(&++worker.ongoing_) {}
        Ongoing(Ongoing&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
        Ongoing& operator=(Ongoing&&) = delete;
        ~Ongoing() {
            if (count_) --*count_;
        }

    private:
        unsigned* count_;
    };

    // Runs a coroutine beside all others, at once until it has to wait (one of Asio's from the next turn on). What it
    // throws is logged. On this worker's thread, or before start().
    void spawn(Task<> work);
    void spawn(asio::awaitable<void> work);

    // The same for a root that catches what is thrown in it, and whose owner is Ongoing.
    static void begin(Root root) { root.begin.resume(); }

    void arm(Timed& deadline, std::chrono::milliseconds from_now) { loop_.arm(deadline, from_now); }

    // Thread-safe.
    void post(EventLoop::Job job) { loop_.post(std::move(job)); }

private:
    friend class Executor;
    class Operations;
    static constexpr std::chrono::seconds pipes_kept_for{2};

    void run();
    void ask_to_end(Ending ending);
    void join(steady_time until);
    [[nodiscard]] asio::execution_context& operations();

    unsigned index_;
    Frames frames_;
    BlockPool blocks_;  // these outlive what is suspended, which may hold blocks and pipes
    PipePool pipes_{[this] { loop_.arm(pipes_rest_, pipes_kept_for); }};
    Deadline pipes_rest_{[this] { pipes_.close_kept(); }};
    std::unique_ptr<Operations> operations_;
    EventLoop loop_;
    unsigned ongoing_ = 0;
    std::optional<Ending> ending_;
    std::binary_semaphore ended_{0};  // the thread has left the loop
    std::thread thread_;
};

}  // namespace tollgate::net
