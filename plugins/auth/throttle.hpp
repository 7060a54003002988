// How often a login may be tried: per account with a wait that doubles, per client address with a token bucket. In
// memory, bounded, shared by all workers under one mutex. Asked before a password is hashed. An attempt counts as a
// failure from the moment it is admitted until its outcome is told, so that attempts in parallel gain nothing.
// Unknown accounts are counted like known ones.
#pragma once

#include "base/clock.hpp"
#include "base/seeded_hash.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tollgate::auth {

struct ThrottleLimits {
    // After so many failures in a row the next attempt waits `first_wait`, then twice that, up to `longest_wait`.
    unsigned failures = 5;
    std::chrono::milliseconds first_wait = std::chrono::seconds(1);
    std::chrono::milliseconds longest_wait = std::chrono::minutes(15);
    // Per client address (an IPv6 client is its /64).
    unsigned burst = 20;
    std::chrono::milliseconds interval = std::chrono::seconds(3);  // one more attempt

    bool operator==(ThrottleLimits const&) const = default;
};

inline constexpr std::size_t most_throttled = 65'536;  // accounts, and clients

class Throttle {
public:
    explicit Throttle(ThrottleLimits limits, std::size_t capacity = most_throttled)
        : limits_(limits), capacity_(capacity) {}

    // Nothing: go on, and tell the outcome. Else how long to wait, in whole seconds, at least one; the attempt does
    // not count.
    [[nodiscard]] std::optional<std::chrono::seconds> admit(std::string_view account, std::string_view client,
                                                            steady_time now);

    // The outcome of an admitted attempt: the password was right; or it was not tried after all. A failure need not
    // be told.
    void succeeded(std::string_view account, std::string_view client);
    void withdraw(std::string_view account, std::string_view client);

    [[nodiscard]] std::size_t size() const;

private:
    using Key = std::uint64_t;  // a seeded hash: what somebody typed as a name takes no memory

    struct Account {
        unsigned failures = 0;
        steady_time free_at{};  // the next attempt is admitted from here on
    };
    // A bucket as one time: when it will be full again. Each attempt moves it by one interval.
    struct Client {
        steady_time full_at{};
    };

    // The least recently used row is dropped when there is no room.
    template <class Row>
    struct Table {
        std::list<std::pair<Key, Row>> rows;  // the latest first
        std::unordered_map<Key, typename std::list<std::pair<Key, Row>>::iterator> index;

        Row& at(Key key, std::size_t capacity);
        Row* find(Key key);
        void erase(Key key);
    };

    void refund(Key client);

    ThrottleLimits const limits_;
    std::size_t const capacity_;
    SeededHash const hash_;
    mutable std::mutex mutex_;  // guards the tables; held for a few lookups, never while anything waits
    Table<Account> accounts_;
    Table<Client> clients_;
};

}  // namespace tollgate::auth
