#include "net/resolver.hpp"

#include "base/host_name.hpp"
#include "base/log.hpp"
#include "net/address_cache.hpp"
#include "net/dns_channel.hpp"

#include <fmt/format.h>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::net {
namespace {

using Resume = std::move_only_function<void(Result<Addresses>)>;

constexpr std::size_t most_lookups = 1'024;  // names under way at once

Result<Addresses> result_of(Addresses const* addresses) {
    if (!addresses) return failure(errc::upstream_unresolved);
    return *addresses;
}

}  // namespace

class Resolver::Lookups {
public:
    explicit Lookups(Options const& options);
    Lookups(Lookups const&) = delete;
    Lookups& operator=(Lookups const&) = delete;
    ~Lookups();

    // On any thread; `resume` is called on any thread.
    void ask(std::string const& name, std::chrono::milliseconds at_most, Resume resume);

private:
    struct Waiter {
        steady_time deadline;
        Resume resume;
    };
    using Waiters = std::vector<Waiter>;  // the earliest deadline first

    void run();
    void start_asked();
    void finish(std::string const& name, std::expected<Answer, NoAnswer> answer);
    std::chrono::milliseconds give_up_late(steady_time now);

    SystemClock system_clock_;
    Clock const& cache_clock_;
    std::chrono::milliseconds timeout_;

    std::mutex mutex_;  // guards the next four
    AddressCache cache_;
    std::unordered_map<std::string, Waiters> lookups_;  // under way, even when nobody waits for it any more
    std::vector<std::string> asked_;                    // those of lookups_ that the thread has yet to start
    bool stopping_ = false;

    DnsChannel channel_;  // the thread's; on its end it calls finish()
    std::thread thread_;
};

Resolver::Lookups::Lookups(Options const& options)
    : cache_clock_(options.cache_clock ? *options.cache_clock : system_clock_),
      timeout_(options.timeout),
      channel_(options.servers, options.timeout),
      thread_([this] { run(); }) {}

Resolver::Lookups::~Lookups() {
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    channel_.wake();
    thread_.join();
    for (auto& [name, waiters] : std::exchange(lookups_, {}))
        for (auto& waiter : waiters) waiter.resume(failure(errc::cancelled));
}

void Resolver::Lookups::ask(std::string const& name, std::chrono::milliseconds at_most, Resume resume) {
    std::unique_lock lock(mutex_);
    auto const now = cache_clock_.steady_now();
    auto const* known = cache_.find(name, now);
    if (!known && (lookups_.size() < most_lookups || lookups_.contains(name))) {
        auto const [lookup, is_new] = lookups_.try_emplace(name);
        auto& waiters = lookup->second;
        auto const deadline = std::chrono::steady_clock::now() + std::min(timeout_, at_most);
        waiters.insert(std::ranges::upper_bound(waiters, deadline, {}, &Waiter::deadline),
                       {deadline, std::move(resume)});
        if (is_new) asked_.push_back(name);
        lock.unlock();
        return channel_.wake();
    }
    auto result = result_of(known ? known : cache_.fall_back(name, now));
    lock.unlock();
    resume(std::move(result));
}

void Resolver::Lookups::run() {
    for (;;) {
        start_asked();
        auto const pause = give_up_late(std::chrono::steady_clock::now());
        {
            std::lock_guard const lock(mutex_);
            if (stopping_) return;
        }
        channel_.wait(pause);
    }
}

void Resolver::Lookups::start_asked() {
    std::vector<std::string> names;
    {
        std::lock_guard const lock(mutex_);
        names.swap(asked_);
    }
    for (auto const& name : names)
        channel_.ask(name, [this, name](std::expected<Answer, NoAnswer> answer) { finish(name, std::move(answer)); });
}

void Resolver::Lookups::finish(std::string const& name, std::expected<Answer, NoAnswer> answer) {
    std::unique_lock lock(mutex_);
    auto const now = cache_clock_.steady_now();
    bool const answered = answer.has_value();
    bool const was_stale = cache_.is_stale(name);
    if (!answer && answer.error() == NoAnswer::denied) cache_.forget(name);
    auto const result = result_of(answer ? cache_.keep(name, std::move(*answer), now) : cache_.fall_back(name, now));
    auto const lookup = lookups_.extract(name);
    lock.unlock();
    if (answered && was_stale) log::info(fmt::format("name {}: it can be looked up again", name));
    if (!answered && result && !was_stale)
        log::warning(
            fmt::format("name {}: it cannot be looked up; its last "
                        "addresses are used, for a day at most",
                        name));
    if (!lookup) return;  // cancelled
    for (auto& waiter : lookup.mapped()) waiter.resume(result);
}

// Those whose time is over get what a failure gives; their lookup goes on. Returns how long until the next one's is.
std::chrono::milliseconds Resolver::Lookups::give_up_late(steady_time now) {
    std::vector<std::pair<Resume, Result<Addresses>>> late;
    auto next = now + std::chrono::hours(1);
    std::unique_lock lock(mutex_);
    for (auto& [name, waiters] : lookups_) {
        auto const in_time = std::ranges::find_if(waiters, [&](Waiter const& waiter) { return waiter.deadline > now; });
        if (in_time != waiters.end()) next = std::min(next, in_time->deadline);
        if (in_time == waiters.begin()) continue;
        auto const result = result_of(cache_.fall_back(name, cache_clock_.steady_now()));
        for (auto waiter = waiters.begin(); waiter != in_time; ++waiter)
            late.emplace_back(std::move(waiter->resume), result);
        waiters.erase(waiters.begin(), in_time);
    }
    lock.unlock();
    for (auto& [resume, result] : late) resume(std::move(result));
    return std::chrono::ceil<std::chrono::milliseconds>(next - now);
}

Resolver::Resolver() : Resolver(Options{}) {}
Resolver::Resolver(Options const& options) : lookups_(std::make_unique<Lookups>(options)) {}
Resolver::~Resolver() = default;

asio::awaitable<Result<Addresses>> Resolver::resolve(std::string name, std::chrono::milliseconds at_most) {
    if (auto const literal = literal_of(name)) co_return Addresses{*literal};
    if (!is_dns_name(name)) co_return failure(errc::upstream_unresolved);
    auto const host = lowered(name);
    auto start = [&](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        lookups_->ask(host, at_most, [executor, handler = std::move(handler)](Result<Addresses> result) mutable {
            asio::post(executor, [handler = std::move(handler), result = std::move(result)]() mutable {
                std::move(handler)(std::move(result));
            });
        });
    };
    co_return co_await asio::async_initiate<asio::use_awaitable_t<> const, void(Result<Addresses>)>(
        start, asio::use_awaitable);
}

}  // namespace tollgate::net
