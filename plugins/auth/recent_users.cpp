#include "auth/recent_users.hpp"

#include <algorithm>

namespace tollgate::auth {

RecentUsers::RecentUsers(std::size_t capacity) : generation_capacity_(std::max<std::size_t>(1, capacity / 2)) {}

std::uint64_t RecentUsers::epoch() const {
    std::lock_guard const lock(mutex_);
    return epoch_;
}

void RecentUsers::remember(User const& user, std::uint64_t epoch) {
    std::lock_guard const lock(mutex_);
    if (epoch != epoch_) return;
    if (young_.size() >= generation_capacity_) {
        old_.clear();
        old_.swap(young_);
    }
    auto& row = young_[user.id] = user;
    row.password_hash.clear();
}

std::optional<User> RecentUsers::find(std::int64_t id) const {
    std::lock_guard const lock(mutex_);
    for (auto const* const users : {&young_, &old_}) {
        if (auto const found = users->find(id); found != users->end()) return found->second;
    }
    return std::nullopt;
}

void RecentUsers::forget(std::span<std::int64_t const> ids) {
    std::lock_guard const lock(mutex_);
    ++epoch_;
    for (auto const id : ids) {
        young_.erase(id);
        old_.erase(id);
    }
}

void RecentUsers::forget_all() {
    std::lock_guard const lock(mutex_);
    ++epoch_;
    young_.clear();
    old_.clear();
}

}  // namespace tollgate::auth
