#include "net/connection_limit.hpp"

namespace tollgate::net {

void ConnectionLimit::set(std::uint64_t in_total, std::uint64_t per_address) noexcept {
    most_.store(in_total, std::memory_order_relaxed);
    most_per_address_.store(per_address, std::memory_order_relaxed);
}

ConnectionLimit::Place ConnectionLimit::enter(std::string_view address) {
    auto place = enter_for_nobody();
    if (!place || !place.charge(address)) return {};
    return place;
}

ConnectionLimit::Place ConnectionLimit::enter_for_nobody() {
    if (count_.fetch_add(1, std::memory_order_relaxed) >= most_.load(std::memory_order_relaxed)) {
        count_.fetch_sub(1, std::memory_order_relaxed);
        refused_in_total_.fetch_add(1, std::memory_order_relaxed);
        return {};
    }
    return Place(*this);
}

bool ConnectionLimit::Place::charge(std::string_view address) {
    address_ = limit_->charge(address);
    return address_ != nullptr;
}

ConnectionLimit::Addresses::value_type* ConnectionLimit::charge(std::string_view address) {
    std::string key(address);
    auto const most = most_per_address_.load(std::memory_order_relaxed);
    std::scoped_lock const lock(addresses_lock_);
    auto const held = most > 0 ? addresses_.try_emplace(std::move(key), 0).first : addresses_.end();
    if (held == addresses_.end() || held->second >= most) {
        refused_per_address_.fetch_add(1, std::memory_order_relaxed);
        return nullptr;
    }
    ++held->second;
    return &*held;
}

void ConnectionLimit::leave(Addresses::value_type* address) noexcept {
    count_.fetch_sub(1, std::memory_order_relaxed);
    if (!address) return;
    std::scoped_lock const lock(addresses_lock_);
    if (--address->second == 0) addresses_.erase(addresses_.find(address->first));
}

}  // namespace tollgate::net
