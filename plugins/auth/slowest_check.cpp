#include "auth/slowest_check.hpp"

#include "auth/password.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tollgate::auth {
namespace {

using std::chrono::nanoseconds;

// A check that took longer was not slow, the machine stood still: that must not hold back all who mistype for as long.
constexpr nanoseconds most_believed = std::chrono::seconds(10);

constexpr nanoseconds least_believed = std::chrono::microseconds(1);

constexpr nanoseconds least_longest = std::chrono::milliseconds(1);

constexpr std::chrono::minutes period{5};

// A check on a pool thread of low priority takes longer than one measured alone, and its answer comes some time after.
constexpr nanoseconds with_margin(nanoseconds longest) { return longest * 3 / 2; }

// In steps: what one check took would show in when it is answered, and one scheme suffers more from a full machine than
// another. What is little longer the margin covers.
double coarse(double factor) {
    constexpr double covered = 1.25;
    if (factor <= covered) return 1;
    double step = 2;
    while (step < factor) step *= 2;
    return step;
}

}  // namespace

// To make a hash is the same work as to check one.
Result<nanoseconds> time_of_check(std::string const& scheme) {
    auto const began = std::chrono::steady_clock::now();
    auto const made = password::make_dummy(scheme);
    if (!made) return std::unexpected(made.error());
    return std::chrono::steady_clock::now() - began;
}

std::expected<void, std::string> SlowestCheck::measure(std::vector<std::string> const& schemes) {
    std::string unknown;
    for (auto const& scheme : schemes) {
        {
            std::lock_guard const lock(mutex_);
            if (scheme.empty() || alone_.contains(scheme)) continue;
        }
        auto const took = measure_(scheme);
        if (!took) {
            unknown += (unknown.empty() ? "" : ", ") + scheme;
            continue;
        }
        std::lock_guard const lock(mutex_);
        alone_.emplace(scheme, std::clamp<nanoseconds>(*took, least_believed, most_believed));
    }
    if (!unknown.empty()) return std::unexpected(std::move(unknown));
    return {};
}

void SlowestCheck::expect(std::vector<std::string> const& schemes) {
    std::lock_guard const lock(mutex_);
    news_.clear();
    std::ranges::copy_if(schemes, std::back_inserter(news_),
                         [this](auto const& scheme) { return !scheme.empty() && !alone_.contains(scheme); });
}

bool SlowestCheck::has_news() const {
    std::lock_guard const lock(mutex_);
    return !queued_ && !news_.empty();
}

void SlowestCheck::measure_on(plugin::Pool& pool) {
    {
        std::lock_guard const lock(mutex_);
        if (queued_ || news_.empty()) return;
        queued_ = true;
    }
    std::move_only_function<void()> job = [self = shared_from_this()] { self->measure_news(); };
    if (pool.submit(job)) return;
    std::lock_guard const lock(mutex_);
    queued_ = false;
}

void SlowestCheck::measure_news() {
    std::vector<std::string> schemes;
    {
        std::lock_guard const lock(mutex_);
        schemes.swap(news_);
        queued_ = false;
    }
    // What nobody can check matches no password, at once, and is held like the others.
    std::ignore = measure(schemes);
}

// What was not measured by now is compared with the slowest that was.
void SlowestCheck::seen(std::string const& scheme, nanoseconds took, Work work, steady_time now) noexcept {
    std::lock_guard const lock(mutex_);
    auto const measured = alone_.find(scheme);
    if (measured != alone_.end() && work == Work::whole)
        measured->second = std::clamp(took, least_believed, measured->second);
    auto const alone = measured == alone_.end() ? longest_alone() : measured->second;
    seen_ = slowdown(now);
    seen_.most = std::max(seen_.most, std::chrono::duration<double>(took) / alone);
}

nanoseconds SlowestCheck::hold(steady_time now) const noexcept {
    std::lock_guard const lock(mutex_);
    auto const recent = slowdown(now);
    auto const factor = coarse(std::max(recent.most, recent.most_before));
    auto const longest = factor * std::chrono::duration<double>(longest_alone());
    if (longest >= most_believed) return with_margin(most_believed);
    return with_margin(std::chrono::duration_cast<nanoseconds>(longest));
}

nanoseconds SlowestCheck::longest_alone() const noexcept {
    auto longest = least_longest;
    for (auto const& [scheme, alone] : alone_) longest = std::max(longest, alone);
    return longest;
}

// What was seen, as it counts at `now`.
SlowestCheck::Slowdown SlowestCheck::slowdown(steady_time now) const noexcept {
    auto const age = now - seen_.began;
    if (age < period) return seen_;
    if (age < 2 * period) return {.began = seen_.began + period, .most = 1, .most_before = seen_.most};
    return {.began = now};
}

}  // namespace tollgate::auth
