#include "net/address_cache.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::net {
namespace {

constexpr std::chrono::seconds shortest{1};
constexpr std::chrono::seconds longest{300};
constexpr std::chrono::seconds after_failure{30};
constexpr std::chrono::hours longest_stale{24};

}  // namespace

Addresses const* AddressCache::find(std::string const& name, steady_time now) const {
    auto const found = entries_.find(name);
    return found != entries_.end() && now < found->second.until ? &found->second.addresses : nullptr;
}

Addresses const* AddressCache::keep(std::string const& name, Answer answer, steady_time now) {
    if (!entries_.contains(name)) make_room();
    auto& entry = entries_[name];
    auto const until = now + std::clamp(answer.ttl, shortest, longest);
    entry = {std::move(answer.addresses), until, until + longest_stale};
    return &entry.addresses;
}

Addresses const* AddressCache::fall_back(std::string const& name, steady_time now) {
    auto const found = entries_.find(name);
    if (found == entries_.end()) return nullptr;
    auto& entry = found->second;
    if (now >= entry.gone) {
        entries_.erase(found);
        return nullptr;
    }
    entry.until = std::max(entry.until, std::min(now + after_failure, entry.gone));
    entry.stale = true;
    return &entry.addresses;
}

bool AddressCache::is_stale(std::string const& name) const {
    auto const found = entries_.find(name);
    return found != entries_.end() && found->second.stale;
}

void AddressCache::make_room() {
    if (entries_.size() < capacity_) return;
    entries_.erase(std::ranges::min_element(entries_, {}, [](auto const& entry) { return entry.second.until; }));
}

}  // namespace tollgate::net
