#include "auth/store/cut_off.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace tollgate::auth {

CutOff::~CutOff() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

std::uint64_t CutOff::add(std::chrono::milliseconds most, int socket) {
    std::lock_guard const lock(mutex_);
    auto const number = next_++;
    rows_.emplace(number, Row{.until = Clock::now() + most, .socket = socket});
    if (!thread_.joinable()) thread_ = std::thread(&CutOff::run, this);
    changed_.notify_all();
    return number;
}

void CutOff::remove(std::uint64_t number) {
    std::lock_guard const lock(mutex_);
    rows_.erase(number);
}

void CutOff::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (rows_.empty()) changed_.wait(lock);
        else changed_.wait_until(lock, earliest());
        shut_down_the_overdue(Clock::now());
    }
}

// Under the lock, so the owner of a socket cannot close it meanwhile: its Wait must go first.
void CutOff::shut_down_the_overdue(Clock::time_point now) {
    std::erase_if(rows_, [now](auto const& row) {
        bool const overdue = row.second.until <= now;
        if (overdue) ::shutdown(row.second.socket, SHUT_RDWR);
        return overdue;
    });
}

CutOff::Clock::time_point CutOff::earliest() const {
    return std::ranges::min_element(rows_, {}, [](auto const& row) { return row.second.until; })->second.until;
}

}  // namespace tollgate::auth
