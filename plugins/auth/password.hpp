// Passwords and their stored hashes: bcrypt ($2a$ $2b$ $2y$, made and checked) and argon2id (checked), as passlib and
// most web frameworks write them. Blocking and slow on purpose: callers run it on a pool. Stateless; any thread.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::auth::password {

inline constexpr std::size_t least_bytes = 8;
inline constexpr std::size_t most_bytes = 72;          // what bcrypt uses
inline constexpr std::size_t most_tried_bytes = 1024;  // at a login
inline constexpr unsigned least_cost = 4;
inline constexpr unsigned most_cost = 16;

// Why `password` cannot be set, as a sentence; nothing when it can.
[[nodiscard]] std::optional<std::string> problem_with(std::string_view password);

// A bcrypt hash ($2b$) with a fresh salt. `password` must have no problem; cost 4-16. errc::internal_error when the
// library fails.
[[nodiscard]] Result<std::string> make_hash(std::string_view password, unsigned cost);

// Whether `password` is the one that was hashed. bcrypt compares the first 72 bytes. False for a hash that
// is_supported() refuses. Throws std::bad_alloc when there is no memory to find out.
[[nodiscard]] bool matches(std::string_view password, std::string const& stored);

// Whether `stored` is a whole hash of a known format whose cost is within bounds (bcrypt 4-16; argon2id 1 GiB, 64
// passes, 16 lanes).
[[nodiscard]] bool is_supported(std::string_view stored);

// What decides how long a check takes: "$2b$12", "$argon2id$v=19$m=65536,t=3,p=4". Empty when not supported.
[[nodiscard]] std::string scheme_of(std::string_view stored);

// A hash of that scheme that no password is known for: to find out how long a check takes.
[[nodiscard]] Result<std::string> make_dummy(std::string const& scheme);

}  // namespace tollgate::auth::password
