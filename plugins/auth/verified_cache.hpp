// The tokens that one worker has verified, so that it need not do so again: token -> identity, found by a hash of the
// token, all of which is compared. One per worker, touched by its thread alone, so there are no locks; find() allocates
// nothing. Bounded by two generations: when the young one is full the old one is forgotten and the young one becomes
// old; what is used in the old one moves to the young one.
#pragma once

#include "base/seeded_hash.hpp"
#include "plugin/exchange.hpp"
#include "plugin/services.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

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
    [[nodiscard]] bool insert(std::string_view token, plugin::IdentityPtr identity, std::int64_t expires_at,
                              std::uint64_t fingerprint, std::uint64_t epoch);

    // Users changed: forgets every token of theirs. `users` is sorted.
    void forget(std::span<std::string const> users);
    void forget_all();

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    // With its token behind it in the same memory: what find() looks at lies together.
    struct Entry {
        plugin::IdentityPtr identity;
        std::int64_t expires_at;
        std::uint64_t fingerprint;
        std::uint64_t generation;
        std::size_t token_bytes;

        [[nodiscard]] std::string_view token() const noexcept;
    };
    struct Free {
        void operator()(Entry* entry) const noexcept;
    };
    using EntryPtr = std::unique_ptr<Entry, Free>;
    [[nodiscard]] static EntryPtr make(std::string_view token, Entry facts);

    struct AlreadyHashed {
        using is_avalanching = void;
        std::size_t operator()(std::size_t hash) const noexcept { return hash; }
    };
    // By the hash of the token. Of two with the same one, if there ever are, the later is held.
    using Entries = boost::unordered_flat_map<std::size_t, EntryPtr, AlreadyHashed>;

    void make_young(Entry& entry);

    std::size_t generation_capacity_;
    SeededHash hash_;
    Entries entries_;
    std::uint64_t generation_ = 0;  // of those that are young
    std::size_t young_ = 0;         // how many these are
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
