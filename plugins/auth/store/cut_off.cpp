#include "auth/store/cut_off.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

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
    if (!thread_.joinable()) thread_ = std::thread(&CutOff::run, this);
    int const copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) throw std::system_error(errno, std::generic_category(), "fcntl");
    auto const number = next_++;
    rows_.emplace(number, Row{.until = Clock::now() + most, .socket = copy});
    changed_.notify_all();
    return number;
}

void CutOff::remove(std::uint64_t number) {
    std::lock_guard const lock(mutex_);
    if (auto const row = rows_.extract(number)) ::close(row.mapped().socket);
}

void CutOff::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (rows_.empty()) changed_.wait(lock);
        else changed_.wait_until(lock, earliest());
        shut_down_the_overdue(Clock::now());
    }
}

void CutOff::shut_down_the_overdue(Clock::time_point now) {
    for (auto& [number, row] : rows_) {
        if (row.until > now) continue;
        ::shutdown(row.socket, SHUT_RDWR);
        row.until = Clock::time_point::max();  // once is enough; its Wait removes it
    }
}

CutOff::Clock::time_point CutOff::earliest() const {
    return std::ranges::min_element(rows_, {}, [](auto const& row) { return row.second.until; })->second.until;
}

}  // namespace tollgate::auth
