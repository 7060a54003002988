// All users of a store, however many: one page at a time, in the order of their ids.
#pragma once

#include "auth/store/users.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace tollgate::auth {

inline constexpr std::size_t users_per_page = 1000;

// Calls `visit(user)` for each. Error: store_unavailable, after those that were visited.
template <std::invocable<User const&> Visit>
[[nodiscard]] Result<void> each_user(UserStore& store, Visit visit) {
    std::int64_t last = 0;
    while (true) {
        auto const page = store.after(last, users_per_page);
        if (!page) return std::unexpected(page.error());
        for (auto const& user : *page) visit(user);
        if (page->size() < users_per_page) return {};
        last = page->back().id;
    }
}

}  // namespace tollgate::auth
