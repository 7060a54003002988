// What one worker does all day: it waits until something has happened to its descriptors, its deadlines or its list of
// jobs, and deals with that; then the next turn begins. A descriptor is registered with the kernel once (epoll,
// edge-triggered) and changed once at most, by the first wait for room: no other costs a call. In each turn everything
// that has happened is noted first, before any of it has consequences, so that nobody works with a connection whose end
// is known already. Belongs to the thread that turns it, but for post().
#pragma once

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/reminder.hpp"
#include "base/wake.hpp"
#include "net/deadline.hpp"

#include <sys/epoll.h>
#include <boost/intrusive/list.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace tollgate::net {

class EventLoop {
public:
    // Something with a descriptor. It outlives the registration, which ends when the descriptor, and every copy of it
    // (dup, fork), is closed.
    class Source {
    public:
        // Told of what has happened, as epoll_wait(2) says it. Nothing may come of it yet but an Item that is due.
        virtual void note(std::uint32_t events) noexcept = 0;

    protected:
        ~Source() = default;
    };

    // What runs once in the turn after it became due. Dies unnoticed: then it does not run.
    class Item : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    protected:
        Item() = default;
        Item(Item const&) = delete;
        Item& operator=(Item const&) = delete;
        ~Item() = default;

    private:
        friend class EventLoop;
        virtual void run() = 0;
        virtual void abandon() noexcept {}  // it will never run: what it owns goes
    };

    using Job = std::move_only_function<void()>;
    static constexpr std::uint32_t both_directions = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

    // Throws std::system_error when there are no descriptors for it.
    EventLoop();
    EventLoop(EventLoop const&) = delete;
    EventLoop& operator=(EventLoop const&) = delete;
    ~EventLoop();  // abandon()

    // Tells `source` of `events` of a descriptor from now on. False when the kernel has no room for another.
    [[nodiscard]] bool add(int descriptor, Source& source, std::uint32_t events = both_directions) noexcept;

    // The same for a descriptor that was added, with another source or for other events.
    [[nodiscard]] bool change(int descriptor, Source& source, std::uint32_t events = both_directions) noexcept;

    // It runs in the next turn, however often it is called for.
    void due(Item& item) noexcept;

    // It runs once more in this turn, behind all that run now: for who goes on only when they have begun.
    void again(Item& item) noexcept;

    // It runs at the end of this turn, when all that is due has run; called for by another that runs there it still
    // does.
    void last(Item& item) noexcept;

    // Whether others run beside the item that runs now: of those that are due, or of the last.
    [[nodiscard]] bool is_shared() const noexcept { return is_shared_; }

    // The loop holds on to it until it is due, and abandons it when it ends before.
    void hold(Item& item) noexcept;

    // Runs a job in a turn to come. Thread-safe.
    void post(Job job);

    // Calls for `deadline` when its time has come, up to a tick of the wheel late. The time counts from the beginning
    // of the turn.
    void arm(Timed& deadline, std::chrono::milliseconds from_now);

    // One turn. Waits for something to happen only when nothing is to be done already.
    enum class Waiting { no, yes };
    void turn(Waiting waiting);

    [[nodiscard]] steady_time turn_began() const noexcept;

    // Of the last turn that has heard all that there was. What was added before it has been told of all events since.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

    // Whether something is to be done without a wait.
    [[nodiscard]] bool is_busy() const noexcept {
        return !due_.empty() || !again_.empty() || !last_.empty() || !jobs_.empty() || has_foreign_jobs_;
    }

    // Drops all that is held, due or posted, without running it. Nothing may be posted by other threads any more.
    void abandon();

private:
    using Items = boost::intrusive::list<Item, boost::intrusive::constant_time_size<false>>;

    // By which other threads end a wait. It is never read: each write is an edge.
    struct Bell final : Source {
        explicit Bell(EventLoop& of) : loop(of) {}
        void note(std::uint32_t) noexcept override { loop.has_foreign_jobs_ = true; }
        EventLoop& loop;
        Wake wake;
    };

    // Ends a wait when the wheel is due. A timeout of epoll_wait(2) would have the kernel set up a timer for each wait,
    // and us read the clock for it; this one is set when the time changes, which is seldom. Never read, either.
    struct Alarm final : Source {
        void note(std::uint32_t) noexcept override { at = steady_time::max(); }
        void set(steady_time to) noexcept;
        steady_time at = steady_time::max();
        Descriptor descriptor;
    };

    void hear(Waiting waiting) noexcept;
    void turn_wheel();
    void run(Items& items);
    static void run_each(Items& items);
    void run_jobs();

    Descriptor epoll_;
    Bell bell_{*this};
    DeadlineWheel wheel_;
    steady_time wheel_due_ = steady_time::max();
    Alarm alarm_;
    steady_time turn_began_{};
    std::uint64_t number_ = 0;
    Items held_;
    Items due_;
    Items again_;
    Items last_;
    bool is_shared_ = false;
    std::vector<Job> jobs_;          // of this thread
    bool has_foreign_jobs_ = false;  // the bell has rung
    std::mutex foreign_lock_;        // guards foreign_jobs_
    std::vector<Job> foreign_jobs_;
    Reminder refusals_;  // of the kernel to take another descriptor
    std::array<epoll_event, 256> events_;
};

}  // namespace tollgate::net
