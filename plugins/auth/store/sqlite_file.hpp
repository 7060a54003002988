// The database file before SQLite sees it: its folder must exist and be local (SQLite's locks do not hold on network
// filesystems), and a new file is readable by its owner alone. Errors are one line for the operator.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace tollgate::auth {

[[nodiscard]] std::expected<void, std::string> prepare_sqlite_file(std::filesystem::path const& file);

// What a filesystem is called when it is a network one, by the number that statfs tells; empty for others.
[[nodiscard]] std::string_view network_filesystem(long magic) noexcept;

}  // namespace tollgate::auth
