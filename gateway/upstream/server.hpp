// What the process knows of one server, shared by all workers and kept across reloads for as long as a configuration
// names it: how much it has to do, and its health. Reading it is atomics alone; a lock is taken when a request or its
// TLS fails, by the first request that succeeds after that, by the prober, and when that asks no more.
#pragma once

#include "base/metrics.hpp"
#include "base/reminder.hpp"
#include "upstream/health.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace tollgate::upstream {

class Server {
public:
    // Whether requests may go to it. None goes to one that is down; one that is ejected is tried when there is no
    // other.
    enum class Standing : std::uint8_t { up, ejected, down };

    Server(std::string upstream, std::string name);

    [[nodiscard]] std::string const& upstream() const noexcept { return upstream_; }
    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] std::uint64_t key() const noexcept { return key_; }  // for the balancer

    [[nodiscard]] unsigned outstanding() const noexcept { return outstanding_.load(std::memory_order_relaxed); }
    void begin_request() noexcept { outstanding_.fetch_add(1, std::memory_order_relaxed); }
    void end_request() noexcept { outstanding_.fetch_sub(1, std::memory_order_relaxed); }

    [[nodiscard]] Standing standing(steady_time now) const noexcept;
    [[nodiscard]] steady_time back_since() const noexcept;

    // See Health. The result of the first and the last says that something to be told has changed.
    [[nodiscard]] bool request_failed(settings::Ejection const& rules, steady_time now);
    void request_succeeded() noexcept {
        if (has_failed_.load(std::memory_order_relaxed)) forgive();
    }
    [[nodiscard]] bool probed(bool well, settings::HealthCheck const& rules, steady_time now);

    // TLS with it failed. True when that should be told: once a minute, whatever the problem is.
    [[nodiscard]] bool tls_failed(steady_time now) noexcept { return tls_problems_.is_due(now); }

    // Nobody asks it any more: it counts as up.
    void forget_probes();

    [[nodiscard]] steady_time ejected_until() const noexcept;

    metrics::ShardedCounter requests;
    metrics::ShardedCounter failures;

private:
    void forgive();
    void publish() noexcept;  // with lock_ held

    std::string upstream_;
    std::string name_;
    std::uint64_t key_;
    alignas(64) std::atomic<unsigned> outstanding_{0};
    alignas(64) std::atomic<bool> has_failed_{false};  // what follows is written seldom
    std::atomic<bool> down_{false};
    std::atomic<steady_time::rep> ejected_until_;
    std::atomic<steady_time::rep> back_since_;
    Reminder tls_problems_;

    std::mutex lock_;  // guards the rest
    Health health_;
};

}  // namespace tollgate::upstream
