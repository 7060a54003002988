// How often a login may be tried. Asked before a password is hashed; an attempt counts as a failure from its admission
// until its outcome is told, so that attempts in parallel gain nothing. Each needs the consent of three counts: a wait
// for the pair of account and client, which doubles (who fails elsewhere keeps nobody out); a bucket for the account
// over all clients, much larger, so that many clients cannot guess without bound, and which a client that has lately
// logged in to the account passes; and a bucket for the client over all accounts. Unknown accounts are counted alike.
// In memory, bounded, shared by all workers under one mutex. What is refused leaves no trace. A full table forgets the
// row whose wait is longest past, never one that waits: when all do, a newcomer is refused until the first has waited.
#pragma once

#include "auth/timetable.hpp"
#include "base/clock.hpp"
#include "base/seeded_hash.hpp"

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>

namespace tollgate::auth {

struct ThrottleLimits {
    // Of an account tried by one client: after so many failures in a row the next attempt waits `first_wait`, then
    // twice that, up to `longest_wait`. All clients together have `all_clients` times as many attempts at once, and
    // then `all_clients` in each `longest_wait`.
    unsigned failures = 5;
    std::chrono::milliseconds first_wait = std::chrono::seconds(1);
    std::chrono::milliseconds longest_wait = std::chrono::minutes(15);
    // Per client address (an IPv6 client is its /64).
    unsigned burst = 20;
    std::chrono::milliseconds interval = std::chrono::seconds(3);  // one more attempt

    bool operator==(ThrottleLimits const&) const = default;
};

inline constexpr unsigned all_clients = 20;
inline constexpr std::chrono::hours known_for = std::chrono::days(30);  // a client that has logged in
inline constexpr std::size_t most_throttled = 65'536;                   // rows of each table

class Throttle {
public:
    explicit Throttle(ThrottleLimits limits, std::size_t capacity = most_throttled);

    // Nothing: go on, and tell the outcome. Else how long to wait, in whole seconds, at least one; the attempt does
    // not count.
    [[nodiscard]] std::optional<std::chrono::seconds> admit(std::string_view account, std::string_view client,
                                                            steady_time now);

    // The outcome of an admitted attempt: the password was right; or it was not tried after all. A failure need not
    // be told.
    void succeeded(std::string_view account, std::string_view client, steady_time now);
    void withdraw(std::string_view account, std::string_view client, steady_time now);

    [[nodiscard]] std::size_t size() const;  // rows of the largest table

private:
    using Key = Timetable::Key;  // a seeded hash: what somebody typed as a name takes no memory

    struct Keys {
        Key pair;
        Key account;
        Key client;
    };

    // Of buckets. One is kept as the time from which on it admits an attempt; `span` later it is full.
    struct Rate {
        std::chrono::nanoseconds interval;
        std::chrono::nanoseconds span;

        Rate(unsigned burst, std::chrono::nanoseconds one) : interval(one), span(one * (burst - 1)) {}
        void take(Timetable& buckets, Key key, steady_time now) const;
        void give_back(Timetable& buckets, Key key) const;
    };

    [[nodiscard]] Keys keys_of(std::string_view account, std::string_view client) const;
    [[nodiscard]] bool is_known(Keys const& keys, steady_time now) const;
    [[nodiscard]] steady_time free_at(Keys const& keys, steady_time now) const;
    void refund(Keys const& keys, steady_time now);

    ThrottleLimits const limits_;
    Rate const account_rate_;
    Rate const client_rate_;
    SeededHash const hash_;
    mutable std::mutex mutex_;  // guards the tables; held for a few lookups, never while anything waits
    Timetable pairs_;
    Timetable accounts_;
    Timetable clients_;
    Timetable known_;  // pairs that have logged in, until they are strangers again
};

}  // namespace tollgate::auth
