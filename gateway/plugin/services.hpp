// All that a plugin can reach beyond its exchange. Declared here, implemented by the server; it outlives every plugin
// and every generation. Thread-safe where not said otherwise.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/metrics.hpp"
#include "plugin/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <any>
#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::plugin {

namespace asio = boost::asio;

using Counter = metrics::ShardedCounter;      // counter.add()
using Histogram = metrics::ShardedHistogram;  // histogram.observe(duration)

using Labels = std::vector<std::pair<std::string, std::string>>;

// Threads for slow work (password hashes, SQL), with a bounded queue. Jobs run in the order they came; at the lowest
// priority when asked (PoolLimits).
class Pool {
public:
    virtual ~Pool() = default;

    // Queues `job` and takes it; false at once, and `job` is left alone, when the queue is full.
    [[nodiscard]] virtual bool submit(std::move_only_function<void()>& job) = 0;

    // Runs `job` on the pool and resumes the caller on its own worker with the result. errc::queue_full at once when
    // the queue is full; what `job` throws is rethrown to the caller.
    template <class F>
    [[nodiscard]] asio::awaitable<Result<std::invoke_result_t<F>>> run(F job);
};

struct PoolLimits {
    unsigned threads = 1;
    std::size_t queue = 64;
    // nice 19 (SCHED_IDLE would starve on a busy machine), and SIGRTMIN interrupts jobs, up to 4,000 times a second, to
    // let others have the processor (server/giving_way): none of their system calls may take EINTR for a failure.
    bool lowest_priority = false;
};

class Services {
public:
    virtual ~Services() = default;

    [[nodiscard]] virtual Clock const& clock() const noexcept = 0;

    // Workers are numbered from 0; Exchange::worker says which one an exchange lives on.
    [[nodiscard]] virtual unsigned worker_count() const noexcept = 0;

    // Runs `job(worker)` once on each worker's thread, soon. Dropped when the server has stopped.
    virtual void post_to_workers(std::function<void(unsigned worker)> job) = 0;

    // Counters named `tollgate_<name>_total`; the same name and labels give the same counter. Lives as long as the
    // services.
    [[nodiscard]] virtual Counter& counter(std::string_view name, std::string_view help, Labels labels) = 0;

    // The same for durations: `tollgate_<name>_seconds`.
    [[nodiscard]] virtual Histogram& histogram(std::string_view name, std::string_view help, Labels labels) = 0;

    // Pools are made on first use and shared by name.
    [[nodiscard]] virtual Pool& pool(std::string_view name, PoolLimits limits) = 0;

    // What must outlive a reload (stores, caches): made by `make` on first use, then shared by key for as long as
    // anything holds it or the services live. One key always has one type.
    template <class T>
    [[nodiscard]] std::shared_ptr<T> keep(std::string const& key, std::function<std::shared_ptr<T>()> const& make) {
        return std::any_cast<std::shared_ptr<T>>(kept(key, [&] { return std::any(make()); }));
    }

    // `/readyz` answers 503 and names `name` while `ready` returns false. Called on the admin thread; must not block.
    // Kept until the server ends; the same name replaces.
    virtual void readiness(std::string name, std::function<bool()> ready) = 0;

    // Ends exchanges in flight, on every worker, for which `doomed` holds (a stream of a user who was disabled). The
    // response is cut, the log says Ending::revoked. `doomed` is called on the workers' threads.
    virtual void end_exchanges(std::function<bool(Exchange const&)> doomed) = 0;

protected:
    [[nodiscard]] virtual std::any kept(std::string const& key, std::function<std::any()> const& make) = 0;
};

// One T per worker, each on cache lines of its own. Only worker i touches item i, so no locks.
template <class T>
class PerWorker {
public:
    template <class... Args>
    explicit PerWorker(unsigned workers, Args const&... args) {
        for (unsigned i = 0; i < workers; ++i) items_.push_back(std::make_unique<Aligned>(args...));
    }
    [[nodiscard]] T& operator[](unsigned worker) const noexcept { return items_[worker]->value; }
    [[nodiscard]] unsigned size() const noexcept { return static_cast<unsigned>(items_.size()); }

private:
    struct alignas(64) Aligned {
        template <class... Args>
        explicit Aligned(Args const&... args) : value(args...) {}
        T value;
    };
    std::vector<std::unique_ptr<Aligned>> items_;
};

}  // namespace tollgate::plugin

#include "plugin/pool_run.hpp"
