// A copy of an SQLite store while it is in use: SQLite's backup API, which copies one consistent state and waits for
// no writer.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace tollgate::auth {

// Writes `copy`, which must not exist, readable by its owner alone; an unfinished one is removed. The error is one line
// for the operator.
[[nodiscard]] std::expected<void, std::string> back_up_sqlite(std::filesystem::path const& store,
                                                              std::filesystem::path const& copy);

}  // namespace tollgate::auth
