// Ends waits on sockets that nobody else ends: a driver that blocks in a read without a time limit sees its connection
// broken off. One thread, started with the first wait. Thread-safe; it outlives every wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace tollgate::auth {

// How long a database may say nothing. More than its own limit for a statement: that one leaves the connection whole.
inline constexpr std::chrono::milliseconds most_silence{2500};

class CutOff {
public:
    // While it lives, the connection behind the socket is shut down when the time is over.
    class Wait {
    public:
        Wait(CutOff& owner, std::chrono::milliseconds most, int socket)
            : owner_(owner), number_(owner.add(most, socket)) {}
        Wait(Wait const&) = delete;
        Wait& operator=(Wait const&) = delete;
        ~Wait() { owner_.remove(number_); }

    private:
        CutOff& owner_;
        std::uint64_t number_;
    };

    CutOff() = default;
    CutOff(CutOff const&) = delete;
    CutOff& operator=(CutOff const&) = delete;
    ~CutOff();

private:
    using Clock = std::chrono::steady_clock;
    struct Row {
        Clock::time_point until;
        int socket;  // a copy of our own: the driver may close its one, and the number be given to somebody else
    };

    [[nodiscard]] std::uint64_t add(std::chrono::milliseconds most, int socket);
    void remove(std::uint64_t number);
    void run();
    void shut_down_the_overdue(Clock::time_point now);
    [[nodiscard]] Clock::time_point earliest() const;

    std::mutex mutex_;  // guards all below
    std::condition_variable changed_;
    std::map<std::uint64_t, Row> rows_;  // a few: one for each connection that is in use
    std::uint64_t next_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace tollgate::auth
