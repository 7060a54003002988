// Users on their way from one store to another: `tollgate user export | tollgate user import`. An import can be broken
// off and repeated: who is there already stays as he is.
#pragma once

#include "auth/store/users.hpp"

#include <cstdint>
#include <iosfwd>

namespace tollgate::auth {

// Each returns the exit code: 0 done, 1 failed. `err` gets what went wrong, and how far an import has come.
[[nodiscard]] int export_users(UserStore& store, std::ostream& out, std::ostream& err);
[[nodiscard]] int import_users(UserStore& store, std::istream& in, std::ostream& out, std::ostream& err,
                               std::int64_t now);

}  // namespace tollgate::auth
