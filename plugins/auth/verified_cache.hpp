// The tokens that one worker has verified, so that it need not do so again: token -> identity, keyed by the whole
// token. One per worker, touched by its thread alone, so there are no locks; find() allocates nothing. Bounded by two
// generations: when the young one is full the old one is forgotten and the young one becomes old; what is used in the
// old one moves to the young one.
#pragma once

#include "base/seeded_hash.hpp"
#include "plugin/exchange.hpp"
#include "plugin/services.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tollgate::auth {

inline constexpr std::size_t most_verified_tokens = 16'384;

class VerifiedCache {
public:
    explicit VerifiedCache(std::size_t capacity = most_verified_tokens);

    // The identity of `token`, or null: never seen, expired at `now` (seconds since 1970), or verified under other
    // settings. Valid until the next call.
    [[nodiscard]] plugin::IdentityPtr const* find(std::string_view token, std::uint64_t fingerprint, std::int64_t now);

    // Rises whenever users changed. What was verified before a change must not be believed after it: read the epoch,
    // then verify, then insert with that epoch. False, and nothing is kept, when users changed in between: verify
    // again.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    [[nodiscard]] bool insert(std::string token, plugin::IdentityPtr identity, std::int64_t expires_at,
                              std::uint64_t fingerprint, std::uint64_t epoch);

    // Users changed: forgets every token of theirs. `users` is sorted.
    void forget(std::span<std::string const> users);
    void forget_all();

    [[nodiscard]] std::size_t size() const noexcept { return young_.size() + old_.size(); }

private:
    struct Entry {
        plugin::IdentityPtr identity;
        std::int64_t expires_at;
        std::uint64_t fingerprint;
    };
    using Entries = std::unordered_map<std::string, Entry, SeededHash, std::equal_to<>>;

    void make_room();

    std::size_t generation_capacity_;
    SeededHash hash_;
    Entries young_;
    Entries old_;
    std::uint64_t epoch_ = 0;
};

// Those of all workers. Changes of users are announced here, by any thread, before each worker is told to forget them:
// a cache that has not heard of all of them yet is not to be asked.
class VerifiedCaches : public plugin::PerWorker<VerifiedCache> {
public:
    using PerWorker::PerWorker;

    void announce() noexcept { announced_.fetch_add(1, std::memory_order_release); }

    [[nodiscard]] bool has_heard_all(unsigned worker) const noexcept {
        return (*this)[worker].epoch() >= announced_.load(std::memory_order_acquire);
    }

private:
    std::atomic<std::uint64_t> announced_{0};
};

}  // namespace tollgate::auth
