#include "net/address_cache.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::net {
namespace {

constexpr std::chrono::seconds shortest{1};
constexpr std::chrono::seconds longest{300};
constexpr std::chrono::seconds after_failure{30};

}  // namespace

Addresses const* AddressCache::find(std::string const& name, steady_time now) const {
    auto const found = entries_.find(name);
    return found != entries_.end() && now < found->second.until ? &found->second.addresses : nullptr;
}

Addresses const* AddressCache::keep(std::string const& name, Answer answer, steady_time now) {
    if (!entries_.contains(name)) make_room();
    auto& entry = entries_[name];
    entry = {std::move(answer.addresses), now + std::clamp(answer.ttl, shortest, longest)};
    return &entry.addresses;
}

Addresses const* AddressCache::fall_back(std::string const& name, steady_time now) {
    auto const found = entries_.find(name);
    if (found == entries_.end()) return nullptr;
    found->second.until = std::max(found->second.until, now + after_failure);
    return &found->second.addresses;
}

void AddressCache::make_room() {
    if (entries_.size() < capacity_) return;
    entries_.erase(std::ranges::min_element(entries_, {}, [](auto const& entry) { return entry.second.until; }));
}

}  // namespace tollgate::net
