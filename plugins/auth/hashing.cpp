#include "auth/hashing.hpp"

#include "auth/password.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace tollgate::auth {
namespace {

constexpr std::size_t most_waiting = 64;
constexpr std::chrono::nanoseconds least_hold = std::chrono::milliseconds(1);

// A check on a pool thread of low priority takes longer than one measured alone.
constexpr std::chrono::nanoseconds with_margin(std::chrono::nanoseconds measured) { return measured * 3 / 2; }

}  // namespace

steady_time answer_time(steady_time began, steady_time now, std::chrono::nanoseconds hold) noexcept {
    auto const periods =
        now <= began ? 1 : std::max<std::int64_t>(1, (now - began + hold - std::chrono::nanoseconds(1)) / hold);
    return began + hold * periods;
}

std::expected<void, std::string> Hashing::open(std::vector<std::string> const& schemes) {
    auto const own = fmt::format("$2b${:02}", cost_);
    auto nobody = password::make_dummy(own);
    if (!nobody) return std::unexpected("the password library refuses to hash");
    nobody_ = std::move(*nobody);

    auto slowest = least_hold;
    auto const measure = [&slowest](std::string const& hash) {
        auto const began = std::chrono::steady_clock::now();
        (void)password::matches("a password to measure with", hash);
        slowest = std::max<std::chrono::nanoseconds>(slowest, std::chrono::steady_clock::now() - began);
    };
    measure(nobody_);
    for (auto const& scheme : schemes) {
        if (scheme == own || scheme.empty()) continue;
        auto const dummy = password::make_dummy(scheme);
        if (!dummy) return std::unexpected(fmt::format("the user store holds hashes of an unknown kind ({})", scheme));
        measure(*dummy);
    }
    hold_ = with_margin(slowest);
    pool_ = &services_.pool("passwords", {.threads = std::max(1U, std::thread::hardware_concurrency() / 2),
                                          .queue = most_waiting,
                                          .lowest_priority = true});
    return {};
}

boost::asio::awaitable<Result<Hashing::Outcome>> Hashing::check(Secret password, std::string stored) const {
    bool const known = !stored.empty();
    co_return co_await pool_->run([&clock = services_.clock(), password = std::move(password), known,
                                   hash = known ? std::move(stored) : nobody_]() -> Outcome {
        auto const began = clock.steady_now();
        bool const matches = password::matches(password.reveal(), hash);
        return {.matches = known && matches, .began = began};
    });
}

}  // namespace tollgate::auth
