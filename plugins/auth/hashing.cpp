#include "auth/hashing.hpp"

#include "auth/password.hpp"
#include "base/cpu_quota.hpp"
#include "base/log.hpp"
#include "base/reminder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace tollgate::auth {
namespace {

constexpr std::size_t most_waiting = 64;

struct Checked {
    bool matched = false;
    steady_time began;
    std::chrono::nanoseconds took{};
};

// Where there is no memory to find out the answer is no, at its time: another one would tell whose hash asks for much.
bool matches(Secret const& password, std::string const& hash) {
    try {
        return password::matches(password.reveal(), hash);
    } catch (std::bad_alloc const&) {
        static Reminder reminder;
        if (reminder.is_due(std::chrono::steady_clock::now())) {
            log::error(
                fmt::format("a password counts as wrong: there is no memory to check a hash of {} (said once a "
                            "minute)",
                            password::scheme_of(hash)));
        }
        return false;
    }
}

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

// What was seen is written down by the worker: a thread of the lowest priority is to hold no lock that workers wait
// for.
boost::asio::awaitable<Result<Hashing::Outcome>> Hashing::check(Secret password, std::string stored) const {
    bool const known = !stored.empty();
    if (!known) stored = nobody_;
    auto const hash = std::make_shared<std::string const>(std::move(stored));
    auto const checked = co_await pool_->run([&clock = services_.clock(), password = std::move(password), hash] {
        auto const began = clock.steady_now();
        auto const begun = std::chrono::steady_clock::now();  // real time, as it is measured
        bool const matched = matches(password, *hash);
        return Checked{matched, began, std::chrono::steady_clock::now() - begun};
    });
    if (!checked) co_return std::unexpected(checked.error());
    auto const work = checked->matched ? SlowestCheck::Work::whole : SlowestCheck::Work::perhaps_less;
    slowest_->seen(password::scheme_of(*hash), checked->took, work, services_.clock().steady_now());
    co_return Outcome{.matches = known && checked->matched, .began = checked->began};
}

}  // namespace tollgate::auth
