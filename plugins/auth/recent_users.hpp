// The users that the store has lately told of, whichever worker asked: while it is silent they are believed for the
// grace, with every good token of theirs. What changed is forgotten, so each row is the one of the last successful poll
// of the feed. Bounded by two generations, as VerifiedCache is. Thread-safe; away from the hot path.
#pragma once

#include "auth/store/users.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>

namespace tollgate::auth {

inline constexpr std::size_t most_recent_users = 32'768;

class RecentUsers {
public:
    explicit RecentUsers(std::size_t capacity = most_recent_users);

    // Read before the store is asked; a user is not remembered when others changed in between.
    [[nodiscard]] std::uint64_t epoch() const;
    void remember(User const& user, std::uint64_t epoch);

    [[nodiscard]] std::optional<User> find(std::int64_t id) const;  // without the hash

    void forget(std::span<std::int64_t const> ids);
    void forget_all();

private:
    using Users = std::unordered_map<std::int64_t, User>;

    std::size_t const generation_capacity_;
    mutable std::mutex mutex_;  // guards all below
    Users young_;
    Users old_;
    std::uint64_t epoch_ = 0;
};

}  // namespace tollgate::auth
