// Passwords checked on a pool of low priority, and when a failed login is answered. Whether a user is known, and how
// slow its hash is, must not show in the time of the answer: it comes at one time after hashing began, which is
// enough for the slowest stored format (slowest_check), or at a multiple of that. One for each loaded configuration.
#pragma once

#include "auth/slowest_check.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "plugin/services.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::auth {

// When a failed login is answered: at the first multiple of `hold` after `began` that is not past at `now`. Pure.
[[nodiscard]] steady_time answer_time(steady_time began, steady_time now, std::chrono::nanoseconds hold) noexcept;

// Where passwords are checked, made on first use. As many threads as usable processors (0), of the lowest priority, so
// that requests do not wait for them.
[[nodiscard]] plugin::Pool& password_pool(plugin::Services& services, unsigned threads);

class Hashing {
public:
    // The services outlive it. `cost`: of the hash of nobody. `threads`: of the pool, 0 for one a processor.
    Hashing(plugin::Services& services, unsigned cost, std::shared_ptr<SlowestCheck> slowest, unsigned threads = 0)
        : services_(services), cost_(cost), threads_(threads), slowest_(std::move(slowest)) {}

    // Measures one check of each scheme and of the configured cost, unless that was done, blocking. The error is one
    // line for the operator.
    [[nodiscard]] std::expected<void, std::string> open(std::vector<std::string> const& schemes);

    struct Outcome {
        bool matches = false;
        steady_time began;
    };
    // Whether `password` is the one of `stored`; of nobody when `stored` is empty, which takes its time too. Error:
    // queue_full.
    [[nodiscard]] boost::asio::awaitable<Result<Outcome>> check(Secret password, std::string stored) const;

    [[nodiscard]] std::chrono::nanoseconds hold() const noexcept {
        return slowest_->hold(services_.clock().steady_now());
    }

private:
    plugin::Services& services_;
    unsigned cost_;
    unsigned threads_;
    std::shared_ptr<SlowestCheck> slowest_;
    plugin::Pool* pool_ = nullptr;
    std::string nobody_;  // a hash that no password is known for
};

}  // namespace tollgate::auth
