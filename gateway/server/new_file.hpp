// Files that the program makes and must not destroy: written only where none was. The errors are lines for the
// operator.
#pragma once

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace tollgate::server {

inline constexpr mode_t owner_only = 0600;
inline constexpr mode_t readable = 0644;

// Makes `file` with `text` in it. Error: it exists (a dangling link counts), or cannot be written.
[[nodiscard]] std::expected<void, std::string> write_new(std::filesystem::path const& file, std::string_view text,
                                                         mode_t mode);

enum class Filled { written, kept };

// Makes `file` with `text` in it, for its owner only, unless it has content already. Two processes that do this at
// once agree on one content. Error: it cannot be written, or is no regular file.
[[nodiscard]] std::expected<Filled, std::string> fill_if_empty(std::filesystem::path const& file,
                                                               std::string_view text);

}  // namespace tollgate::server
