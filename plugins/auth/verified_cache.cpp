#include "auth/verified_cache.hpp"

#include "base/text_writer.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace tollgate::auth {

std::string_view VerifiedCache::Entry::token() const noexcept {
    return {reinterpret_cast<char const*>(this + 1), token_bytes};
}

void VerifiedCache::Free::operator()(Entry* entry) const noexcept {
    entry->~Entry();
    ::operator delete(entry);
}

VerifiedCache::EntryPtr VerifiedCache::make(std::string_view token, Entry facts) {
    auto* const memory = ::operator new(sizeof(Entry) + token.size());
    EntryPtr entry(new (memory) Entry(std::move(facts)));
    entry->token_bytes = token.size();
    copy_text(static_cast<char*>(memory) + sizeof(Entry), token);
    return entry;
}

VerifiedCache::VerifiedCache(std::size_t capacity) : generation_capacity_(std::max<std::size_t>(1, capacity / 2)) {}

plugin::IdentityPtr const* VerifiedCache::find(std::string_view token, std::uint64_t fingerprint, std::int64_t now) {
    auto const found = entries_.find(hash_(token));
    if (found == entries_.end() || found->second->token() != token) return nullptr;
    auto& entry = *found->second;
    if (entry.generation != generation_) make_young(entry);
    if (now >= entry.expires_at) {
        entries_.erase(found);
        --young_;
        return nullptr;
    }
    return entry.fingerprint == fingerprint ? &entry.identity : nullptr;
}

bool VerifiedCache::insert(std::string_view token, plugin::IdentityPtr identity, std::int64_t expires_at,
                           std::uint64_t fingerprint, std::uint64_t epoch) {
    if (epoch != epoch_) return false;
    auto entry = make(token, {.identity = std::move(identity), .expires_at = expires_at, .fingerprint = fingerprint});
    auto& place = entries_[hash_(token)];
    if (place && place->generation == generation_) --young_;
    place = std::move(entry);
    make_young(*place);
    return true;
}

void VerifiedCache::forget(std::span<std::string const> users) {
    ++epoch_;
    erase_if(entries_, [this, users](auto const& item) {
        auto const& entry = *item.second;
        bool const concerned = std::ranges::binary_search(users, entry.identity->user_id);
        if (concerned && entry.generation == generation_) --young_;
        return concerned;
    });
}

void VerifiedCache::forget_all() {
    ++epoch_;
    entries_.clear();
    young_ = 0;
}

// `entry` is an old one, or new.
void VerifiedCache::make_young(Entry& entry) {
    if (young_ >= generation_capacity_) {
        erase_if(entries_, [&](auto const& item) {
            return item.second->generation != generation_ && item.second.get() != &entry;
        });
        ++generation_;
        young_ = 0;
    }
    entry.generation = generation_;
    ++young_;
}

}  // namespace tollgate::auth
