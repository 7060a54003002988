#include "auth/verified_cache.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::auth {

VerifiedCache::VerifiedCache(std::size_t capacity)
    : generation_capacity_(std::max<std::size_t>(1, capacity / 2)),
      young_(generation_capacity_, hash_),  // so many buckets that it never rehashes
      old_(generation_capacity_, hash_) {}

plugin::IdentityPtr const* VerifiedCache::find(std::string_view token, std::uint64_t fingerprint, std::int64_t now) {
    auto found = young_.find(token);
    if (found == young_.end()) {
        auto const aged = old_.find(token);
        if (aged == old_.end()) return nullptr;
        auto node = old_.extract(aged);
        make_room();
        found = young_.insert(std::move(node)).position;
    }
    auto const& entry = found->second;
    if (now >= entry.expires_at) {
        young_.erase(found);
        return nullptr;
    }
    return entry.fingerprint == fingerprint ? &entry.identity : nullptr;
}

bool VerifiedCache::insert(std::string token, plugin::IdentityPtr identity, std::int64_t expires_at,
                           std::uint64_t fingerprint, std::uint64_t epoch) {
    if (epoch != epoch_) return false;
    old_.erase(token);
    make_room();
    young_.insert_or_assign(std::move(token), Entry{std::move(identity), expires_at, fingerprint});
    return true;
}

void VerifiedCache::forget(std::span<std::string const> users) {
    ++epoch_;
    auto const concerned = [users](auto const& entry) {
        return std::ranges::binary_search(users, entry.second.identity->user_id);
    };
    std::erase_if(young_, concerned);
    std::erase_if(old_, concerned);
}

void VerifiedCache::forget_all() {
    ++epoch_;
    young_.clear();
    old_.clear();
}

void VerifiedCache::make_room() {
    if (young_.size() < generation_capacity_) return;
    old_.clear();
    old_.swap(young_);
}

}  // namespace tollgate::auth
