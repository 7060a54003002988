#include "net/connection_limit.hpp"

namespace tollgate::net {

void ConnectionLimit::set(std::uint64_t in_total, std::uint64_t per_address) noexcept {
    most_.store(in_total, std::memory_order_relaxed);
    most_per_address_.store(per_address, std::memory_order_relaxed);
}

ConnectionLimit::Place ConnectionLimit::enter(std::string_view address) {
    if (count_.fetch_add(1, std::memory_order_relaxed) >= most_.load(std::memory_order_relaxed)) {
        count_.fetch_sub(1, std::memory_order_relaxed);
        return {};
    }
    std::string key(address);
    {
        std::scoped_lock const lock(addresses_lock_);
        auto& held = addresses_[key];
        if (held < most_per_address_.load(std::memory_order_relaxed)) {
            ++held;
            return {*this, std::move(key)};
        }
    }
    count_.fetch_sub(1, std::memory_order_relaxed);
    return {};
}

void ConnectionLimit::leave(std::string const& address) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    std::scoped_lock const lock(addresses_lock_);
    auto const held = addresses_.find(address);
    if (--held->second == 0) addresses_.erase(held);
}

}  // namespace tollgate::net
