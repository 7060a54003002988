#include "auth/first_user.hpp"

#include "auth/password.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

namespace tollgate::auth {

std::expected<void, std::string> make_first_user(UserStore& store, FirstUser const& first, unsigned bcrypt_cost,
                                                 std::int64_t now) {
    // Not the last id: one that was drawn in vain is not given back by every database.
    auto const changes = store.changes_after({});
    if (!changes) return std::unexpected("the user store does not answer");
    if (changes->latest.id > 0) return {};
    auto const hash = password::make_hash(first.password.reveal(), bcrypt_cost);
    if (!hash) return std::unexpected("the password library refuses to hash");
    auto const id = store.add(first.email, *hash, now);
    if (!id) return std::unexpected("the user store does not answer");
    if (*id) log::info(fmt::format("the first user is {}", first.email));
    return {};
}

}  // namespace tollgate::auth
