// Who has asked how much: a bucket and a count of running requests for each pair of a caller and a route. One for the
// process, shared by all workers and kept over reloads: some shards, each with a lock of its own that is held for one
// lookup. Bounded: when a shard is full, the row that was used least recently is forgotten, which gives its caller a
// full bucket. Users and addresses have shards of their own: addresses cost nothing, and whoever has many could
// otherwise have his user forgotten. A row with running requests is never forgotten; should a shard hold nothing else,
// a caller who is not in it is refused as if too much was running already, which it is.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/seeded_hash.hpp"
#include "limit/gcra.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::limit {

// What one caller may ask of one route.
struct Quota {
    std::optional<RequestRate> requests;
    std::optional<std::uint32_t> concurrent;  // running at once; at least 1

    [[nodiscard]] bool limits_anything() const noexcept { return requests || concurrent; }
    bool operator==(Quota const&) const = default;
};

enum class CallerKind : std::uint64_t { user, address };

struct Caller {
    CallerKind kind = CallerKind::user;
    std::string_view name;
};

inline constexpr std::size_t most_rows = 65'536;  // of users, and as many of addresses
inline constexpr std::size_t shard_count = 64;    // of each

class Ledger {
public:
    // A seeded hash, so that names take no memory; its last bit is the kind of the caller. Two pairs that hash alike
    // share a row: one chance in 2^63 for each two of them.
    using Key = std::uint64_t;

    // The place of one running request, free again when this ends. The ledger outlives it.
    class Place {
    public:
        Place() noexcept = default;
        Place(Place&& other) noexcept : ledger_(std::exchange(other.ledger_, nullptr)), key_(other.key_) {}
        Place& operator=(Place&& other) noexcept {
            std::swap(ledger_, other.ledger_);
            std::swap(key_, other.key_);
            return *this;
        }
        ~Place() {
            if (ledger_) ledger_->leave(key_);
        }

    private:
        friend class Ledger;
        Place(Ledger& ledger, Key key) noexcept : ledger_(&ledger), key_(key) {}

        Ledger* ledger_ = nullptr;
        Key key_ = 0;
    };

    struct Entry {
        errc refused{};                          // errc{}: it may run; else rate_limited or concurrency_limited
        std::optional<Level> level;              // when there is a rate
        std::chrono::nanoseconds retry_after{};  // when rate_limited: until one would pass
        Place place;                             // taken when there is a bound on running requests
    };

    // `rows` and `shards` are those of each kind of callers.
    explicit Ledger(std::size_t rows = most_rows, std::size_t shards = shard_count);

    [[nodiscard]] Key key_of(Caller caller, std::string_view route) const noexcept;

    // One request asks to run. A refused one costs nothing: neither a place nor a part of the rate.
    [[nodiscard]] Entry enter(Key key, Quota const& quota, steady_time now);

    [[nodiscard]] std::size_t size() const;

private:
    struct Row {
        Key key;
        steady_time bucket = full_bucket;
        std::uint32_t running = 0;
    };
    using Rows = std::list<Row>;

    struct alignas(64) Shard {
        mutable std::mutex mutex;  // guards all below; never held while anything waits
        Rows idle;                 // nothing runs; the latest used first
        Rows busy;
        std::unordered_map<Key, Rows::iterator> index;

        // The row of `key`, made when there is none; null when there is no room for it.
        [[nodiscard]] Row* at(Key key, std::size_t capacity);
        void begin(Row& row);
        void end(Row& row);
    };

    static constexpr std::size_t kinds = 2;

    // The shards of both kinds take turns.
    [[nodiscard]] Shard& shard_of(Key key) noexcept { return shards_[key % shards_.size()]; }
    void leave(Key key) noexcept;

    std::size_t const rows_per_shard_;
    SeededHash const hash_;
    std::vector<Shard> shards_;
};

}  // namespace tollgate::limit
