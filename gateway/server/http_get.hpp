// One GET over HTTP, HTTPS or a socket, for the verbs that ask a server something: `init` its API, `health` the gateway
// itself. Blocks the calling thread, with one deadline over everything. Follows no redirect.
#pragma once

#include "settings/settings.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <string>

namespace tollgate::server {

struct Get {
    settings::Server server;
    std::string target;  // "/livez"
    std::chrono::milliseconds deadline{0};
    std::size_t most_bytes = 0;  // of the answer's body
};

struct Got {
    unsigned status = 0;
    std::string body;
};

// The error is a phrase for the operator: why there was no connection (a server that speaks TLS must be one that the
// system trusts), or what was wrong with the answer.
[[nodiscard]] std::expected<Got, std::string> http_get(Get const& get);

}  // namespace tollgate::server
