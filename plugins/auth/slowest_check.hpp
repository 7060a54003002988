// How long the slowest check of a password takes on this machine, and so how long a failed login is held back: measured
// once for each stored scheme, shorter when a whole check was seen to take less, since the machine may have been full
// at that time, and longer, in steps, when checks were lately seen to take longer than alone. By the factor, not by the
// time: else a full machine would tell by its answers whose hash is the slow one. One for the process, kept by the
// services over reloads. Any thread; measure() blocks for as long as the checks take, nothing else does.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "plugin/services.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace tollgate::auth {

// How long one check of a hash of `scheme` takes, blocking. Error: nobody can check it.
[[nodiscard]] Result<std::chrono::nanoseconds> time_of_check(std::string const& scheme);

class SlowestCheck : public std::enable_shared_from_this<SlowestCheck> {
public:
    using Measure = std::function<Result<std::chrono::nanoseconds>(std::string const& scheme)>;

    explicit SlowestCheck(Measure measure = time_of_check) : measure_(std::move(measure)) {}

    // Measures those of `schemes` that were not yet. Error: the ones that nobody can check.
    [[nodiscard]] std::expected<void, std::string> measure(std::vector<std::string> const& schemes);

    // `schemes` is what is stored now. What is new among it waits to be measured on a pool: by whoever calls
    // measure_on() while has_news(), again and again, since a pool may be full.
    void expect(std::vector<std::string> const& schemes);
    [[nodiscard]] bool has_news() const;
    void measure_on(plugin::Pool& pool);

    // How much of its work a check did: all of it when the password was the right one. Some that are wrong are refused
    // before they are hashed, or where memory is short.
    enum class Work : std::uint8_t { whole, perhaps_less };

    // A check of a hash of `scheme` ended at `now`, which does not go back. That it took longer than alone counts for 5
    // to 10 minutes, that all of its work took less for good: a machine that was full for a while, or when its checks
    // were measured, holds nobody back for longer.
    void seen(std::string const& scheme, std::chrono::nanoseconds took, Work work, steady_time now) noexcept;

    [[nodiscard]] std::chrono::nanoseconds hold(steady_time now) const noexcept;

private:
    void measure_news();
    [[nodiscard]] std::chrono::nanoseconds longest_alone() const noexcept;

    // How many times longer than alone a check took at most, in the period that began last and in the one before it.
    struct Slowdown {
        steady_time began{};
        double most = 1;
        double most_before = 1;
    };
    [[nodiscard]] Slowdown slowdown(steady_time now) const noexcept;

    Measure const measure_;
    mutable std::mutex mutex_;  // guards what follows; not held while anything is measured
    std::map<std::string, std::chrono::nanoseconds, std::less<>>
        alone_;  // how long a check takes that nothing disturbs
    std::vector<std::string> news_;
    bool queued_ = false;  // a job that will take the news waits on a pool
    Slowdown seen_;
};

}  // namespace tollgate::auth
