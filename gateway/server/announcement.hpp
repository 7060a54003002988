// What the operator is told when the gateway begins to serve, and at a reload: where it listens, and what about that is
// dangerous. Pure.
#pragma once

#include "proxy/generation.hpp"
#include "settings/settings.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tollgate::server {

// "listening on 127.0.0.1:8080", with what is special about it behind, for each address, then "metrics on ...".
// `ports`: those that were bound, in this order; they replace a port 0.
[[nodiscard]] std::vector<std::string> listening_lines(std::span<settings::Listen const> listen,
                                                       std::optional<settings::ListenAddress> const& metrics,
                                                       std::span<std::uint16_t const> ports);

// One line for every upstream whose servers are not verified, for every address where clients need no certificate
// although another one requires it, and, unless there are `trusted_proxies`, for every place where an open endpoint
// that is posted to (a login) can be reached by other machines without TLS.
[[nodiscard]] std::vector<std::string> danger_lines(proxy::Generation const& generation);

}  // namespace tollgate::server
