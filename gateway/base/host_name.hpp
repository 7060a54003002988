// What a host may be called. Three places ask, and each means something else: what an operator writes, what a client
// says in Host, what a name server is asked for. Their alphabet is one, and so is what an IPv6 address is. No port, no
// brackets: those belong to whoever takes an authority apart. Pure.
#pragma once

#include "base/characters.hpp"

#include <cstddef>
#include <string_view>

namespace tollgate {

// RFC 1035, section 3.1, as text without the final dot.
inline constexpr std::size_t most_host_name_bytes = 253;

// Underscores are no host's (RFC 952) but many containers'.
inline constexpr CharacterSet host_name_characters =
    characters_of("-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

// For names in the configuration, where a slip should be found: begins with neither a dot nor a hyphen, and no two dots
// stand together.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;

// For names that are looked up: any of these characters, and one more byte for the final dot. The name server knows the
// rest.
[[nodiscard]] bool is_dns_name(std::string_view text) noexcept;

// For the name in a Host field or a target: reg-name of RFC 3986, section 3.2.2, that is `~` too, but without escapes
// and sub-delimiters, which are read differently by different servers and have no place in a DNS name, and without
// empty labels but the one that ends a name in full.
[[nodiscard]] bool is_registered_name(std::string_view text) noexcept;

// An IPv6 address without brackets; no zone, which means something on the machine that wrote it only.
[[nodiscard]] bool is_ipv6(std::string_view text) noexcept;

}  // namespace tollgate
