// The change log of a store as rows: every change of a user writes one in its own transaction, readers ask what came
// after the last one that they know. Inside store/ only; everything throws what the driver throws.
#pragma once

#include "auth/store/changes.hpp"
#include "auth/store/dialect.hpp"

#include <string>
#include <vector>

namespace tollgate::auth {

// Writes a row, in a transaction, and cuts off those of more than a week ago. `now` in seconds since 1970.
void tell(soci::session& sql, long long user, std::string const& kind, long long now);

// Where the log ends.
[[nodiscard]] LogPoint end_of_log(soci::session& sql, Dialect const& dialect);

// What came after `point`, which is not negative.
[[nodiscard]] Changes read_changes(soci::session& sql, Dialect const& dialect, LogPoint const& point);

// password::scheme_of of all stored hashes, each once.
[[nodiscard]] std::vector<std::string> read_schemes(soci::session& sql);

}  // namespace tollgate::auth
