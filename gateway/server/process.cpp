#include "server/process.hpp"

#include "base/exit_code.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace tollgate::server {
namespace {

sigset_t taken_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int const signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    return signals;
}

// A gateway without these runs all the same: a warning is enough.
void warn_unless(bool worked, std::string_view what) {
    if (!worked) log::warning(fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

void raise_descriptor_limit() {
    rlimit limit{};
    bool const known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
    limit.rlim_cur = limit.rlim_max;
    warn_unless(known && ::setrlimit(RLIMIT_NOFILE, &limit) == 0, "cannot raise the limit of open files");
}

void forbid_core_dumps() {
    rlimit const none{0, 0};
    warn_unless(::setrlimit(RLIMIT_CORE, &none) == 0, "cannot forbid core dumps");
    warn_unless(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "cannot forbid core dumps");
}

}  // namespace

void prepare_process(CoreDumps core_dumps) {
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    if (core_dumps == CoreDumps::forbidden) forbid_core_dumps();
}

std::optional<std::string> lack_of_descriptors(std::uint64_t connections) {
    constexpr std::uint64_t of_our_own = 100;  // listeners, stores, pipes, the metrics
    auto const needed = 2 * connections + of_our_own;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return std::nullopt;
    return fmt::format(
        "{} files may be open at a time, and {} connections of clients with as many to services need {}: raise the "
        "hard "
        "limit (`ulimit -Hn`, LimitNOFILE, `ulimits: nofile`) or lower `limits.connections`",
        limit.rlim_cur, connections, needed);
}

Signals::Signals() {
    auto const signals = taken_signals();
    if (int const code = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr); code != 0) {
        throw std::system_error(code, std::generic_category(), "pthread_sigmask");
    }
    hearing_ = std::thread([this] { hear(); });
    reloading_ = std::thread([this] { reload_when_asked(); });
}

Signals::~Signals() {
    {
        std::lock_guard const lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    ::pthread_kill(hearing_.native_handle(), SIGHUP);  // only to wake sigwait
    hearing_.join();
    reloading_.join();
}

void Signals::attend(Actions actions) {
    {
        std::lock_guard const lock(mutex_);
        actions_ = std::move(actions);
    }
    changed_.notify_all();
}

void Signals::hear() {
    auto const signals = taken_signals();
    for (;;) {
        int signal = 0;
        if (::sigwait(&signals, &signal) != 0) continue;
        {
            std::lock_guard const lock(mutex_);
            if (ending_) return;
            if (signal == SIGHUP) reload_waits_ = true;
        }
        if (signal == SIGHUP) changed_.notify_all();
        else stop_asked();
    }
}

void Signals::stop_asked() {
    std::function<void()> stop;
    {
        std::lock_guard const lock(mutex_);
        stop = actions_.stop;
    }
    if (!stop) std::_Exit(exit_code::done);  // nobody is served yet
    stop();
}

void Signals::reload_when_asked() {
    for (;;) {
        std::function<void()> reload;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return ending_ || (reload_waits_ && actions_.reload); });
            if (ending_) return;
            reload_waits_ = false;
            reload = actions_.reload;
        }
        reload();
    }
}

}  // namespace tollgate::server
