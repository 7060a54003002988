// The parameters inside an encoded argon2id hash (PHC string format), read strictly and bounded before any memory is
// taken. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::auth::password {

struct Argon2Parameters {
    std::uint32_t memory_kib = 0;
    std::uint32_t passes = 0;
    std::uint32_t lanes = 0;
    std::string_view scheme;  // "$argon2id$v=19$m=65536,t=3,p=4"
    std::string_view salt;    // as it is written; empty with ScanPart::scheme
    std::string_view hash;
};

// Of `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`; nothing when it is not of that form, or asks for more than 1 GiB, 64
// passes or 16 lanes. With `ScanPart::scheme` the text ends after the parameters.
enum class ScanPart { whole, scheme };
[[nodiscard]] std::optional<Argon2Parameters> read_argon2id(std::string_view encoded, ScanPart part);

}  // namespace tollgate::auth::password
