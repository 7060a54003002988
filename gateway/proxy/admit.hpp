// The first two phases: is this one unambiguous request, and does a route admit it. Nothing of it has gone anywhere
// yet.
#pragma once

#include "http/reply.hpp"
#include "proxy/flight.hpp"

#include <cstdint>
#include <optional>

namespace tollgate::proxy {

// Reads the head and decides framing, target, host and client address. Errors: what `head_bytes` holds when there is no
// whole head, those of http/head, http/framing and http/target, bad_host, expectation_failed, upgrade_refused. After an
// error the connection cannot be used again.
[[nodiscard]] Result<void> understand(Flight& flight, Result<std::size_t> const& head_bytes);

// Where a request goes that came in the clear to a listener which does not take it: to `port`, when it names one at
// all.
[[nodiscard]] http::Reply redirect_to_https(Flight const& flight, std::uint16_t port);

// Finds the route and applies its body limit. What comes back, if anything, is the refusal: 404, 405 with Allow, 413. A
// preflight (Fetch standard, section 3.2.2) that no route takes itself finds the route of the request it is about, so
// that a plugin can answer it.
[[nodiscard]] std::optional<http::Reply> find_route(Flight& flight);

// The refusal of a method that the path does not take.
[[nodiscard]] http::Reply method_not_allowed(Flight const& flight);

// Whether the client waits for a 100 before it sends the body (RFC 9110, section 10.1.1).
[[nodiscard]] bool expects_continue(Flight const& flight) noexcept;

}  // namespace tollgate::proxy
