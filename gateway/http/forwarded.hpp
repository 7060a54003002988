// What the upstream is told about the client: X-Forwarded-For, -Proto, -Host, Forwarded (RFC 7239) and Via (RFC 9110,
// section 7.6.3). From an untrusted peer what the client wrote, every X-Forwarded* and X-Real-IP, is replaced by what
// we saw; from a trusted one lists are appended to (of what is over 2 KiB the hops nearest to us stay), an X-Real-IP,
// which many pass on as the client wrote it, is made the client's address, and the others are kept. Pure.
#pragma once

#include "http/fields.hpp"

#include <boost/asio/ip/address.hpp>

#include <functional>
#include <string_view>

namespace tollgate::http {

struct Hop {
    std::string_view peer;  // address of the TCP peer, without port
    bool peer_trusted = false;
    std::string_view host;             // the Host of the request
    unsigned minor = 1;                // of the request's HTTP version
    std::string_view scheme = "http";  // "https": it came over TLS
    std::string_view client{};         // client_address(); empty: the peer's
};

// The client address, for limits and logs: the rightmost hop in X-Forwarded-For that `trusted` does not hold for, when
// the peer is trusted; else the peer. What is not an address ends the search at the hop before it.
[[nodiscard]] std::string_view client_address(FieldList const& received, Hop const& hop,
                                              std::function<bool(boost::asio::ip::address const&)> const& trusted);

// Replaces or extends the forwarding fields in `outgoing`, which begins as what goes on of what was received. What it
// appends may be views of what `hop` is made of.
void write_forwarding_fields(FieldList& outgoing, Hop const& hop, Arena& arena);

}  // namespace tollgate::http
