#include "auth/hashing.hpp"

#include "auth/password.hpp"
#include "base/cpu_quota.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tollgate::auth {
namespace {

constexpr std::size_t most_waiting = 64;

}  // namespace

steady_time answer_time(steady_time began, steady_time now, std::chrono::nanoseconds hold) noexcept {
    auto const periods =
        now <= began ? 1 : std::max<std::int64_t>(1, (now - began + hold - std::chrono::nanoseconds(1)) / hold);
    return began + hold * periods;
}

plugin::Pool& password_pool(plugin::Services& services, unsigned threads) {
    // A pool keeps the size that it was made with.
    auto const name = threads == 0 ? "passwords" : fmt::format("passwords {}", threads);
    if (threads == 0) threads = usable_processors();
    return services.pool(name, {.threads = threads, .queue = most_waiting, .lowest_priority = true});
}

std::expected<void, std::string> Hashing::open(std::vector<std::string> const& schemes) {
    auto const own = fmt::format("$2b${:02}", cost_);
    auto nobody = password::make_dummy(own);
    if (!nobody || !slowest_->measure({own})) return std::unexpected("the password library refuses to hash");
    nobody_ = std::move(*nobody);
    if (auto const measured = slowest_->measure(schemes); !measured)
        return std::unexpected(fmt::format("the user store holds hashes of an unknown kind ({})", measured.error()));
    pool_ = &password_pool(services_, threads_);
    return {};
}

boost::asio::awaitable<Result<Hashing::Outcome>> Hashing::check(Secret password, std::string stored) const {
    bool const known = !stored.empty();
    co_return co_await pool_->run([&clock = services_.clock(), slowest = slowest_, password = std::move(password),
                                   known, hash = known ? std::move(stored) : std::string(nobody_)]() -> Outcome {
        auto const began = clock.steady_now();
        auto const begun = std::chrono::steady_clock::now();  // real time, as it is measured
        bool const matches = password::matches(password.reveal(), hash);
        slowest->seen(std::chrono::steady_clock::now() - begun);
        return {.matches = known && matches, .began = began};
    });
}

}  // namespace tollgate::auth
