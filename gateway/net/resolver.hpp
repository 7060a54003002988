// Names to addresses through c-ares, one context and one thread for the process. Never blocks a worker, and never its
// exit: a lookup that hangs is cancelled. `/etc/hosts` is honoured. Callers of one name share one lookup. Answers are
// remembered for their TTL (at least 1 s, at most 5 min); when a later lookup fails the last good addresses stay in
// use, for a day at most, which the log says once. Thread-safe. Every worker or io_context that it resumes on outlives
// it: its thread may still be leaving post() when the caller has gone on.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/addresses.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace tollgate::net {

namespace asio = boost::asio;

class Resolver {
public:
    struct Options {
        std::string servers;  // "address[:port],..."; empty: those of resolv.conf
        std::chrono::milliseconds timeout = std::chrono::seconds(5);
        Clock const* cache_clock = nullptr;  // outlives the resolver; nullptr: the system's
    };

    Resolver();
    explicit Resolver(Options const& options);
    Resolver(Resolver const&) = delete;
    Resolver& operator=(Resolver const&) = delete;
    ~Resolver();  // cancels what is under way; those who wait get errc::cancelled

    // The addresses of `name`, never empty. An address literal is itself. Resumes on the caller's executor. Errors:
    // errc::upstream_unresolved, after at most the timeout and `at_most`; errc::cancelled.
    [[nodiscard]] asio::awaitable<Result<Addresses>> resolve(
        std::string name, std::chrono::milliseconds at_most = std::chrono::milliseconds::max());

private:
    class Lookups;  // the thread, the c-ares channel and the cache
    std::unique_ptr<Lookups> lookups_;
};

}  // namespace tollgate::net
