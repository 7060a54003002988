#include "auth/recent_users.hpp"

#include <algorithm>
#include <utility>

namespace tollgate::auth {

RecentUsers::RecentUsers(std::size_t capacity) : generation_capacity_(std::max<std::size_t>(1, capacity / 2)) {}

std::uint64_t RecentUsers::epoch() const {
    std::lock_guard const lock(mutex_);
    return epoch_;
}

void RecentUsers::remember(User const& user, std::uint64_t epoch) {
    User row = user;
    row.password_hash = std::string();  // gives its memory back too
    Users dropped;                      // before the lock: it ends after it
    std::lock_guard const lock(mutex_);
    if (epoch != epoch_) return;
    old_.erase(user.id);
    dropped = make_room();
    young_.insert_or_assign(user.id, std::move(row));
}

std::optional<User> RecentUsers::find(std::int64_t id) {
    Users dropped;
    std::lock_guard const lock(mutex_);
    if (auto const found = young_.find(id); found != young_.end()) return found->second;
    auto node = old_.extract(id);
    if (node.empty()) return std::nullopt;
    dropped = make_room();
    return young_.insert(std::move(node)).position->second;
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
    Users young;
    Users old;
    std::lock_guard const lock(mutex_);
    ++epoch_;
    young_.swap(young);
    old_.swap(old);
}

std::size_t RecentUsers::size() const {
    std::lock_guard const lock(mutex_);
    return young_.size() + old_.size();
}

RecentUsers::Users RecentUsers::make_room() {
    if (young_.size() < generation_capacity_) return {};
    auto dropped = std::exchange(old_, std::move(young_));
    young_ = Users();
    return dropped;
}

}  // namespace tollgate::auth
