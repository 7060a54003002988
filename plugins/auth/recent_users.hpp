// The users that the store has lately told of, whichever worker asked: a good token of theirs that nobody has seen yet
// is admitted without another question, and while the store is silent they are believed for the grace. What changed is
// forgotten, so each row is the one of the last successful poll of the feed. Bounded by two generations, as
// VerifiedCache is. Thread-safe: one lock, held for a lookup.
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

    [[nodiscard]] std::optional<User> find(std::int64_t id);  // without the hash

    void forget(std::span<std::int64_t const> ids);
    void forget_all();

    [[nodiscard]] std::size_t size() const;

private:
    using Users = std::unordered_map<std::int64_t, User>;

    [[nodiscard]] Users make_room();  // what is dropped for it, to be taken apart without the lock

    std::size_t const generation_capacity_;
    mutable std::mutex mutex_;  // guards all below
    Users young_;
    Users old_;
    std::uint64_t epoch_ = 0;
};

}  // namespace tollgate::auth
