// One GET over plain HTTP, for the verbs that ask a server something: `init` its API, `health` the gateway itself.
// Blocks the calling thread, with one deadline over everything. Follows no redirect.
#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tollgate::server {

struct Get {
    std::string host;  // a name or an address literal, without brackets
    std::uint16_t port = 80;
    std::string target;  // "/livez"
    std::chrono::milliseconds deadline{0};
    std::size_t most_bytes = 0;  // of the answer's body
};

struct Got {
    unsigned status = 0;
    std::string body;
};

// Errors: errc::upstream_timeout after the deadline, else those of Asio and Beast.
[[nodiscard]] Result<Got> http_get(Get const& get);

}  // namespace tollgate::server
