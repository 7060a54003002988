// The schema of the store, brought forward step by step: each step runs once, in one transaction, under a lock that
// holds off every other process. There is no way back, and no need: a step only adds, so the release before runs on
// the result of the next one.
#pragma once

#include "auth/store/dialect.hpp"

namespace tollgate::auth {

// Throws what the driver throws; std::runtime_error with one line when a release with other rules made the store.
void migrate(soci::session& sql, Dialect const& dialect);

}  // namespace tollgate::auth
