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
    std::string key(address);
    if (!limit_->charge(key)) return false;
    address_ = std::move(key);
    return true;
}

bool ConnectionLimit::charge(std::string const& address) {
    std::scoped_lock const lock(addresses_lock_);
    auto const held = addresses_.find(address);
    auto const most = most_per_address_.load(std::memory_order_relaxed);
    if ((held == addresses_.end() ? 0 : held->second) >= most) {
        refused_per_address_.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    ++addresses_[address];
    return true;
}

void ConnectionLimit::leave(std::string const& address) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    if (address.empty()) return;
    std::scoped_lock const lock(addresses_lock_);
    auto const held = addresses_.find(address);
    if (--held->second == 0) addresses_.erase(held);
}

}  // namespace tollgate::net
