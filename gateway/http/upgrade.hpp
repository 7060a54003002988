// Changing the protocol of a connection (RFC 9110, section 7.8): what a client asks for, what we let it ask for, and
// whether the service's 101 is an answer to it. Pure.
#pragma once

#include "http/framing.hpp"
#include "http/head.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tollgate::http {

// The protocols that the client names, for the service to choose from; empty when it asks for none, or asks in a way
// that is to be ignored: in HTTP/1.0, with a body, without naming Upgrade in Connection. Error: errc::upgrade_refused
// for protocols that would carry requests of their own past us (h2c, HTTP/2.0, TLS/1.0).
[[nodiscard]] Result<std::string_view> requested_upgrade(RequestHead const& head, Framing framing) noexcept;

// Whether every protocol in `wanted` is one of `allowed`, case ignored.
[[nodiscard]] bool only_asks_for(std::string_view wanted, std::span<std::string const> allowed) noexcept;

// The protocol that a 101 changes to; empty when it is none of the `wanted`, or not said as it must be.
[[nodiscard]] std::string_view accepted_upgrade(std::string_view wanted, ResponseHead const& head) noexcept;

}  // namespace tollgate::http
