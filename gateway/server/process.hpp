// What belongs to the process and not to a server: signals, limits, core dumps. Set up once by `run`, before any
// other thread exists.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace tollgate::server {

enum class CoreDumps { forbidden, allowed };

// Ignores SIGPIPE, raises the soft limit of descriptors to the hard one and, unless allowed, forbids core dumps and
// debuggers (memory holds keys and tokens).
void prepare_process(CoreDumps core_dumps);

// What the operator is told when the process may not open as many files as `connections` of clients need, each with one
// to a service; nothing when it may.
[[nodiscard]] std::optional<std::string> lack_of_descriptors(std::uint64_t connections);

// One thread that takes SIGTERM, SIGINT and SIGHUP, and another one that reloads, so that a reload may take its time.
// Made before any other thread: all inherit the blocked signals, and PID 1 of a container hears them too. SIGTERM or
// SIGINT: `stop`, each time; before there is somebody to stop, the process ends at once (0). SIGHUP: `reload`, also
// when it came too early; however often it comes while one runs, one more follows.
class Signals {
public:
    struct Actions {
        std::function<void()> stop;
        std::function<void()> reload;
    };

    Signals();
    Signals(Signals const&) = delete;
    Signals& operator=(Signals const&) = delete;
    ~Signals();  // waits for a reload that runs

    // From now on somebody listens. `stop` runs on the thread that hears, `reload` on the other; what they refer to
    // outlives this object.
    void attend(Actions actions);

private:
    void hear();
    void stop_asked();
    void reload_when_asked();

    std::mutex mutex_;  // guards what follows, never held during an action
    std::condition_variable changed_;
    Actions actions_;
    bool reload_waits_ = false;
    bool ending_ = false;

    std::thread hearing_;
    std::thread reloading_;
};

}  // namespace tollgate::server
