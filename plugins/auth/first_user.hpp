// The user that a store is given when it has none and never had one, so that a container can be used at once. One who
// was removed does not come back.
#pragma once

#include "auth/auth_settings.hpp"
#include "auth/store/users.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace tollgate::auth {

// Blocking. `first` is as read_user_settings() lets it pass. Another gateway that does the same at the same time is no
// error. The error is one line for the operator.
[[nodiscard]] std::expected<void, std::string> make_first_user(UserStore& store, FirstUser const& first,
                                                               unsigned bcrypt_cost, std::int64_t now);

}  // namespace tollgate::auth
