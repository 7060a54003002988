#include "auth/throttle.hpp"

#include "base/client_key.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

namespace tollgate::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

milliseconds wait_after(unsigned failures, ThrottleLimits const& limits) {
    if (failures < limits.failures) return milliseconds(0);
    auto wait = limits.first_wait;
    for (auto i = limits.failures; i < failures && wait < limits.longest_wait; ++i) wait *= 2;
    return std::min(wait, limits.longest_wait);
}

}  // namespace

Throttle::Throttle(ThrottleLimits limits, std::size_t capacity)
    : limits_(limits),
      account_rate_(limits.failures * all_clients, nanoseconds(limits.longest_wait) / all_clients),
      client_rate_(limits.burst, limits.interval),
      pairs_(capacity),
      accounts_(capacity),
      clients_(capacity),
      known_(capacity) {}

std::optional<seconds> Throttle::admit(std::string_view account, std::string_view client, steady_time now) {
    auto const keys = keys_of(account, client);
    std::lock_guard const lock(mutex_);
    auto const free = free_at(keys, now);
    if (free > now) return std::max(seconds(1), std::chrono::ceil<seconds>(free - now));

    auto const failures = pairs_.find(keys.pair).value_or(Timetable::Row{}).failures + 1;
    pairs_.put(keys.pair, {now + wait_after(failures, limits_), failures});
    client_rate_.take(clients_, keys.client, now);
    if (!is_known(keys, now)) account_rate_.take(accounts_, keys.account, now);
    return std::nullopt;
}

void Throttle::succeeded(std::string_view account, std::string_view client, steady_time now) {
    auto const keys = keys_of(account, client);
    std::lock_guard const lock(mutex_);
    pairs_.erase(keys.pair);
    refund(keys, now);
    known_.put(keys.pair, {now + known_for});
}

void Throttle::withdraw(std::string_view account, std::string_view client, steady_time now) {
    auto const keys = keys_of(account, client);
    std::lock_guard const lock(mutex_);
    if (auto const row = pairs_.find(keys.pair); row && row->failures > 0)
        pairs_.put(keys.pair, {std::min(row->until, now), row->failures - 1});
    refund(keys, now);
}

std::size_t Throttle::size() const {
    std::lock_guard const lock(mutex_);
    return std::max({pairs_.size(), accounts_.size(), clients_.size(), known_.size()});
}

void Throttle::Rate::take(Timetable& buckets, Key key, steady_time now) const {
    auto const bucket = buckets.find(key).value_or(Timetable::Row{});
    buckets.put(key, {std::max(bucket.until + span, now) + interval - span});
}

void Throttle::Rate::give_back(Timetable& buckets, Key key) const {
    if (auto const bucket = buckets.find(key)) buckets.put(key, {bucket->until - interval});
}

Throttle::Keys Throttle::keys_of(std::string_view account, std::string_view client) const {
    auto text = client_key(client);
    Keys keys{.pair = 0, .account = hash_(account), .client = hash_(text)};
    for (auto const byte : std::bit_cast<std::array<char, sizeof(Key)>>(keys.account)) text += byte;
    keys.pair = hash_(text);
    return keys;
}

bool Throttle::is_known(Keys const& keys, steady_time now) const {
    auto const row = known_.find(keys.pair);
    return row && row->until > now;
}

steady_time Throttle::free_at(Keys const& keys, steady_time now) const {
    auto const own = std::max(pairs_.free_at(keys.pair), clients_.free_at(keys.client));
    return is_known(keys, now) ? own : std::max(own, accounts_.free_at(keys.account));
}

// What was taken when it was admitted. (A client that has become known since loses one attempt at most.)
void Throttle::refund(Keys const& keys, steady_time now) {
    client_rate_.give_back(clients_, keys.client);
    if (!is_known(keys, now)) account_rate_.give_back(accounts_, keys.account);
}

}  // namespace tollgate::auth
