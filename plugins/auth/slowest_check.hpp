// How long the slowest check of a password takes on this machine, and so how long a failed login is held back: measured
// once for each stored scheme, and never less than a check was seen to take. One for the process, kept by the services
// over reloads. Any thread; measure() blocks for as long as the checks take, nothing else does.
#pragma once

#include "base/error.hpp"
#include "plugin/services.hpp"

#include <atomic>
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
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

    void seen(std::chrono::nanoseconds took) noexcept;

    [[nodiscard]] std::chrono::nanoseconds hold() const noexcept;

private:
    void measure_news();
    void raise(std::chrono::nanoseconds took) noexcept;

    Measure const measure_;
    mutable std::mutex mutex_;  // guards the next three; not held while anything is measured
    std::set<std::string> measured_;
    std::vector<std::string> news_;
    bool queued_ = false;  // a job that will take the news waits on a pool
    std::atomic<std::chrono::nanoseconds> longest_{std::chrono::milliseconds(1)};
};

}  // namespace tollgate::auth
