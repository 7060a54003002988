#include "limit/ledger.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tollgate::limit {

Ledger::Ledger(std::size_t rows, std::size_t shards)
    : rows_per_shard_(std::max<std::size_t>(rows / shards, 1)), shards_(kinds * shards) {}

Ledger::Key Ledger::key_of(Caller caller, std::string_view route) const noexcept {
    std::array<std::uint64_t, 3> const parts{static_cast<std::uint64_t>(caller.kind), hash_(caller.name), hash_(route)};
    auto const hash = hash_(std::string_view(reinterpret_cast<char const*>(parts.data()), sizeof parts));
    return hash - hash % kinds + static_cast<Key>(caller.kind);
}

Ledger::Row* Ledger::Shard::at(Key key, std::size_t capacity) {
    if (auto const found = index.find(key); found != index.end()) {
        auto const row = found->second;
        if (row->running == 0) idle.splice(idle.begin(), idle, row);
        return &*row;
    }
    if (index.size() >= capacity) {
        if (idle.empty()) return nullptr;
        index.erase(idle.back().key);
        idle.pop_back();
    }
    idle.push_front({.key = key});
    index.emplace(key, idle.begin());
    return &idle.front();
}

void Ledger::Shard::begin(Row& row) {
    if (row.running++ == 0) busy.splice(busy.begin(), idle, index.at(row.key));
}

void Ledger::Shard::end(Row& row) {
    assert(row.running > 0);
    if (--row.running == 0) idle.splice(idle.begin(), busy, index.at(row.key));
}

Ledger::Entry Ledger::enter(Key key, Quota const& quota, steady_time now) {
    auto& shard = shard_of(key);
    std::lock_guard const lock(shard.mutex);
    auto* const row = shard.at(key, rows_per_shard_);
    auto const bucket = row ? row->bucket : full_bucket;
    auto const level = quota.requests.transform([&](RequestRate const& rate) { return level_of(rate, bucket, now); });
    if (!row) return {.refused = errc::concurrency_limited, .level = level};

    auto const passage = quota.requests.transform([&](RequestRate const& rate) { return ask(rate, bucket, now); });
    if (passage && !passage->allowed)
        return {.refused = errc::rate_limited, .level = level, .retry_after = passage->retry_after};
    if (quota.concurrent && row->running >= *quota.concurrent)
        return {.refused = errc::concurrency_limited, .level = level};

    Entry entry;
    if (passage) {
        row->bucket = passage->bucket;
        entry.level = passage->level;
    }
    if (quota.concurrent) {
        shard.begin(*row);
        entry.place = Place(*this, key);
    }
    return entry;
}

void Ledger::leave(Key key) noexcept {
    auto& shard = shard_of(key);
    std::lock_guard const lock(shard.mutex);
    shard.end(*shard.index.at(key));
}

std::size_t Ledger::size() const {
    std::size_t rows = 0;
    for (auto const& shard : shards_) {
        std::lock_guard const lock(shard.mutex);
        rows += shard.index.size();
    }
    return rows;
}

}  // namespace tollgate::limit
